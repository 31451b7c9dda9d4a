/**
 * Functions called across a border that only text passes: between processes, and between realms of one.
 * @module
 */
export * from './error-data.ts';
export * from './lines.ts';
export * from './link.ts';
export * from './packer.ts';
export * from './peer.ts';
export * from './peer-parts.ts';
export * from './streams.ts';
export * from './watches.ts';
