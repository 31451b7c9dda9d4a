/**
 * The kernel: loads versioned plugins from one configuration and swaps them while serving.
 * @module
 */
export { errorTable } from './errors.ts';
export { createKernel, type Kernel } from './kernel.ts';
export type { KernelOptions, PlatformSources, PluginSource } from './kernel-options.ts';
export type { Plan, PlanStep } from './plan.ts';
export { kernelVersion } from './version.ts';
