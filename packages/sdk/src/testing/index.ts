/**
 * For tests of plugins: a kernel to boot, and what every implementation of a contract must do.
 * @module
 */
export * from './accounts-suite.ts';
export * from './ask-api.ts';
export * from './agent-runtime-suite.ts';
export * from './artifact-store-suite.ts';
export * from './audit-log-suite.ts';
export * from './boot-test-kernel.ts';
export * from './boot-two-kernels.ts';
export * from './condition-evaluator-suite.ts';
export * from './document-loader-suite.ts';
export * from './conformance.ts';
export * from './embedder-suite.ts';
export * from './function-model.ts';
export * from './guardrail-suite.ts';
export * from './language-model-suite.ts';
export * from './migration-ledger-suite.ts';
export * from './signals-suite.ts';
export * from './open-handles.ts';
export * from './plugin-data-suite.ts';
export * from './storage-handles.ts';
export * from './storage-suite.ts';
export * from './storage-transfer-suite.ts';
export * from './tenant-storage-suite.ts';
export * from './text-search-suite.ts';
export * from './vector-store-suite.ts';
export * from './semantic-memory-suite.ts';
export * from './working-memory-suite.ts';
export * from './jobs-suite.ts';
export type * from './jobs-case.ts';
export * from './journal-suite.ts';
export * from './tool-source-suite.ts';
export * from './tool-suite.ts';
export * from './rate-limiter-suite.ts';
export * from './rejects-with.ts';
export * from './roll-back.ts';
export * from './run-task.ts';
export * from './sample-offering.ts';
export * from './sample-run.ts';
export * from './scorer-suite.ts';
export * from './secret-store-suite.ts';
export * from './silent-log.ts';
export * from './takes-linear-time.ts';
export * from './test-plugin.ts';
export * from './wait-for.ts';
export * from './cache-suite.ts';
export * from './conversation-memory-suite.ts';
