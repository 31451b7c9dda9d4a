/**
 * The kernel: loads versioned plugins from one configuration and swaps them while serving.
 * @module
 */
export { errorTable } from './errors.ts';
export { createKernel, type Kernel } from './kernel.ts';
export type { KernelOptions, PlatformSources, PluginSource } from './kernel-options.ts';
export type { Plan, PlanStep } from './plan.ts';
export type { PluginPackage } from './plugin-package.ts';
export { resolve, type Resolution, type ResolveInput } from './resolve/resolve.ts';
export { kernelVersion } from './version.ts';
