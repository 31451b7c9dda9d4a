/**
 * The domain as data: types, their JSON Schemas, and pure functions over them.
 * @module
 */
export * from './agent.ts';
export * from './event.ts';
export * from './message.ts';
export * from './run.ts';
export * from './tool.ts';
