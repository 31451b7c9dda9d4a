/**
 * What a plugin author needs: plugins, contracts, hooks, errors and configuration.
 * Contracts the platform knows are in `@agent-factory/sdk/contracts`, data types in `@agent-factory/sdk/domain`,
 * conformance suites and the test kernel in `@agent-factory/sdk/testing`.
 * @module
 */
export * from './canonical-json.ts';
export * from './closest.ts';
export * from './config.ts';
export * from './contract.ts';
export * from './define-agent.ts';
export * from './define-tool.ts';
export * from './errors.ts';
export * from './foreign-schema.ts';
export * from './hook.ts';
export * from './html.ts';
export * from './isolation.ts';
export * from './json-changes.ts';
export * from './merge-patch.ts';
export * from './json.ts';
export * from './log.ts';
export * from './manifest.ts';
export * from './permission.ts';
export * from './plugin.ts';
export * from './secret.ts';
export * from './snapshot.ts';
export * from './standard-schema.ts';
export * from './unless-aborted.ts';
