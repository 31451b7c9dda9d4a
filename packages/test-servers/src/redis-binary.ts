import { debianProgram, type Program } from './debian-program.ts';

/** Where `redis-server` is; fails with what to do where none can be had. */
export function redisBinary(): Promise<Program> {
  return debianProgram({
    name: 'redis-server',
    debianPackage: 'redis-server',
    needsLibraries: true,
    variable: 'TEST_REDIS_BIN',
    otherwise: 'macOS: brew install redis',
  });
}
