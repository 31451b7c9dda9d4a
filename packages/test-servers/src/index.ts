/**
 * A real browser, and real servers for tests and benchmarks, on free ports of this machine and in temporary folders. They end with the
 * process that asked for them, however it ends.
 * @module
 */
export type { Browser } from 'playwright-core';
export { freshPgvector } from './fresh-pgvector.ts';
export { freshPostgres, type FreshPostgres } from './fresh-postgres.ts';
export { freshRedis, type FreshRedis } from './fresh-redis.ts';
export { sqlEngines, type FreshStorage } from './fresh-storage.ts';
export { openBrowser } from './open-browser.ts';
export { promtool } from './promtool.ts';
export { startPostgres, type PostgresOptions } from './start-postgres.ts';
export { startRedis, type RedisOptions } from './start-redis.ts';
export type { TestServer } from './test-server.ts';
