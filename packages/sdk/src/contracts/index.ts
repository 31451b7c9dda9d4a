/**
 * The capabilities plugins offer each other, one file each.
 * @module
 */
export * from './agent-runtime.ts';
export * from './agent-tools.ts';
export * from './agent-runtime-hooks.ts';
export * from './artifact-store.ts';
export { artifactErrors, errorTable as artifactErrorTable } from './artifact-errors.ts';
export * from './cache.ts';
export { cacheErrors } from './cache-errors.ts';
export * from './condition-evaluator.ts';
export { conditionErrors } from './condition-evaluator-errors.ts';
export * from './condition-invalid.ts';
export * from './conversation-memory.ts';
export { memoryErrors } from './conversation-memory-errors.ts';
export * from './cut-fact.ts';
export * from './data-package.ts';
export * from './embedder.ts';
export * from './first-that-holds.ts';
export * from './guardrail.ts';
export { guardrailErrors } from './guardrail-errors.ts';
export * from './http-route.ts';
export * from './jobs.ts';
export * from './job-rules.ts';
export * from './job-failure.ts';
export * from './job-id.ts';
export { jobsErrors } from './jobs-errors.ts';
export * from './journal.ts';
export * from './language-model.ts';
export * from './large-result.ts';
export * from './maintenance.ts';
export * from './migration.ts';
export { modelErrors } from './model-errors.ts';
export * from './model-prices.ts';
export * from './search-words.ts';
export * from './secret-store.ts';
export { secretErrors } from './secret-store-errors.ts';
export * from './signals.ts';
export * from './storage.ts';
export { storageErrors } from './storage-errors.ts';
export * from './storage-transfer.ts';
export type * from './tenant-definitions.ts';
export * from './tenant-storage.ts';
export * from './text-search.ts';
export * from './tool.ts';
export * from './tool-kind.ts';
export * from './tool-registry.ts';
export * from './tool-source.ts';
