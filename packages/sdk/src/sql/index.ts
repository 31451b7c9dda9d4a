/**
 * Typed SQL over the storage contract, one code for every engine. Needs `kysely` installed beside the SDK; nothing
 * else of the SDK does.
 * @module
 */
export * from './column-codecs.ts';
export * from './expiry.ts';
export * from './json-path.ts';
export * from './keyset-page.ts';
export * from './query-builder.ts';
