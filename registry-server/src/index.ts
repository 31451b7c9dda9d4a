/**
 * A registry of plugins that npm's clients speak to. `openRegistry` starts one inside a program; the command
 * `agent-factory-registry` starts one by itself.
 * @module
 */
export { openRegistry, type OpenRegistry } from './app/open-registry.ts';
export type { RegistryOptions } from './config.ts';
