/**
 * The capabilities plugins offer each other, one file each.
 * @module
 */
export * from './agent-runtime.ts';
export * from './agent-runtime-hooks.ts';
export * from './http-route.ts';
export * from './journal.ts';
export * from './language-model.ts';
export * from './storage.ts';
export * from './text-search.ts';
export * from './tool.ts';
