/**
 * For tests of plugins: a kernel to boot, and what every implementation of a contract must do.
 * @module
 */
export * from './agent-runtime-suite.ts';
export * from './boot-test-kernel.ts';
export * from './conformance.ts';
export * from './function-model.ts';
export * from './language-model-suite.ts';
export * from './storage-suite.ts';
export * from './text-search-suite.ts';
export * from './journal-suite.ts';
export * from './tool-suite.ts';
export * from './sample-run.ts';
