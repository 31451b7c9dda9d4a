/**
 * What a plugin package file is: how it is packed, scanned, signed, verified and compared. Used by both ends of a
 * registry, so that what one takes the other takes too.
 * @module
 */
export * from './author-manifest.ts';
export * from './dependencies.ts';
export { errorTable } from './errors.ts';
export * from './pack-folder.ts';
export * from './package-name.ts';
export * from './permissions.ts';
export * from './read-archive.ts';
export * from './registry-signature.ts';
export * from './scan-content.ts';
export * from './signing-key.ts';
export { writeTar } from './tar-writer.ts';
