/**
 * For tests of plugins: a kernel to boot, and what every implementation of a contract must do.
 * @module
 */
export * from './boot-test-kernel.ts';
export * from './conformance.ts';
