import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * One command of a task: a tool from node_modules (`bin`) or a script of ours (`script`), with its arguments.
 *
 * @typedef {{ bin: string, args?: string[] } | { script: string, args?: string[] }} Command
 *
 * @typedef {object} Task
 * @property {string} about one line for the list of tasks
 * @property {(given: string[]) => Command[]} commands what to run, for the arguments given; all run, the first failure decides the exit code
 * @property {boolean} [sections] whether each command gets a heading and the task a summary
 * @property {Record<string, string>} [env] environment variables of the commands, where they are not set
 */

const source = '--conditions=@agent-factory/source';

// Rooms with long files first, so that none is begun when all others are done.
const tests = [
  'test',
  'registry-server/test',
  'plugins/*/test',
  'packages/*/test',
  'tools/test',
  'examples',
  'kernel/test',
].map((room) => `${room}/**/*.test.ts`);

/** How many files are tested at a time. They wait about as long as they work. */
const jobs = 2 * availableParallelism();

/** @param {string[]} given */
function mocha(given) {
  const named = given.some((each) => !each.startsWith('-') && (existsSync(each) || /\.ts$|\*/.test(each)));
  // What is named is run in one process, where a debugger can follow.
  const whole = ['--parallel', `--jobs=${jobs}`, '--reporter=./test/slowest-files.ts', ...tests];
  const spec = named ? given : [...whole, ...given];
  return { bin: 'mocha', args: ['--ignore=**/node_modules/**', ...spec] };
}

/** @type {Record<'types' | 'lint' | 'format' | 'layers' | 'deadcode', Command>} */
const checks = {
  types: { bin: 'tsc', args: ['-p', '.', '--noEmit'] },
  lint: { bin: 'oxlint' },
  format: { bin: 'oxfmt', args: ['--check'] },
  layers: { bin: 'oxlint', args: ['--config=.oxlintrc.layers.json'] },
  deadcode: { bin: 'knip', args: ['--no-config-hints'] },
};

/** Types by the compiler, which checks them; JavaScript by the bundler. @type {Command[]} */
const build = [{ bin: 'tsc', args: ['-b', 'tsconfig.build.json'] }, { script: 'tools/bundle.ts' }];

/** @type {Command} */
const toolTypes = { bin: 'tsc', args: ['-p', 'tools', '--noEmit'] };

/**
 * @param {Command} command
 * @param {string[]} given
 * @returns {Command}
 */
function withArguments(command, given) {
  return { ...command, args: [...(command.args ?? []), ...given] };
}

/** @type {Record<string, Task>} */
export const tasks = {
  start: {
    about: 'start the platform with agent-factory.config.yaml',
    commands: (given) => [{ script: 'packages/cli/src/main.ts', args: ['start', ...given] }],
  },
  'agent-factory': {
    about: 'the agent-factory command: npm run agent-factory -- plugin list',
    commands: (given) => [{ script: 'packages/cli/src/main.ts', args: given }],
  },
  registry: {
    about: 'start a registry of plugins',
    commands: (given) => [{ script: 'registry-server/src/main.ts', args: given }],
  },
  test: {
    about: 'all tests, or the files named: npm test -- path/to/one.test.ts',
    commands: (given) => [mocha(given)],
    // Hundreds of processes that tests start load the same modules.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
  },
  check: {
    about: 'types, lint, format, layers and dead code, each in turn',
    commands: () => [checks.types, toolTypes, checks.lint, checks.format, checks.layers, checks.deadcode],
    sections: true,
  },
  types: {
    about: 'type-check everything',
    commands: (given) => [withArguments(checks.types, given), toolTypes],
  },
  lint: {
    about: 'lint (with types) and formatting',
    commands: (given) => [withArguments(checks.lint, given), checks.format],
  },
  layers: { about: 'which room may import which', commands: () => [checks.layers] },
  deadcode: {
    about: 'unused files, exports and dependencies, and undeclared ones',
    commands: (given) => [withArguments(checks.deadcode, given)],
  },
  format: {
    about: 'format all files, or the ones named',
    commands: (given) => [{ bin: 'oxfmt', args: ['--no-error-on-unmatched-pattern', ...given] }],
  },
  build: {
    about: 'build what is published, into each dist',
    commands: () => build,
  },
  coverage: {
    about: 'all tests, with line coverage of the sources',
    commands: (given) => [
      { bin: 'c8', args: ['node', 'node_modules/mocha/bin/mocha.js', ...(mocha(given).args ?? [])] },
    ],
  },
  'docs:errors': {
    about: 'write docs/errors.md from the error tables',
    commands: () => [{ script: 'tools/errors-doc.ts' }],
  },
  'docs:api': {
    about: 'write packages/sdk/api from the doc comments of the SDK',
    commands: () => [{ script: 'tools/api-reference.ts' }],
  },
  'client:types': {
    about: 'write what packages/client knows of each operation from the routes',
    commands: () => [{ script: 'test/openapi/write-client.ts' }],
  },
  hooks: { about: 'install the pre-commit checks', commands: () => [{ bin: 'lefthook', args: ['install'] }] },
  changeset: {
    about: 'describe a change for the changelog',
    commands: (given) => [{ bin: '@changesets/cli', args: given }],
  },
  'release:check': {
    about: 'build, then check what each package would publish',
    commands: () => [...build, { script: 'tools/release-check.ts' }],
  },
  faults: {
    about:
      'runs under 500 kills of their processes: npm run faults -- --on embedded|roles|scaled --kills 500 --runs 2000',
    commands: (given) => [{ script: 'test/faults/run.ts', args: given }],
  },
  'bench:kernel': {
    about: 'benchmarks of the kernel beside its peers',
    commands: (given) => [{ script: 'bench/kernel/run.ts', args: given }],
  },
  'bench:conditions': {
    about: 'benchmarks of conditions beside cel-js, and of guardrails',
    commands: (given) => [{ script: 'bench/conditions/run.ts', args: given }],
  },
  'bench:copy': {
    about: 'a platform copied from SQLite to PostgreSQL and back, killed on the way',
    commands: (given) => [{ script: 'bench/copy/run.ts', args: given }],
  },
  'bench:isolation': {
    about: 'isolated plugins beside a direct call, vm2, a thread and a bare process',
    commands: (given) => [{ script: 'bench/isolation/run.ts', args: given }],
  },
  'bench:scale': {
    about: 'runs through an API process and workers on PostgreSQL and Redis',
    commands: (given) => [{ script: 'bench/scale/run.ts', args: given }],
  },
  'registry:e2e': {
    about: 'the registry with every client in full, and under 1,000 publishes with kills',
    commands: (given) => [{ script: 'registry-server/test/support/run-e2e.ts', args: given }],
  },
  'bench:registry': {
    about: 'our registry beside Verdaccio: npm run bench:registry -- --rounds 3',
    commands: (given) => [{ script: 'bench/registry/run.ts', args: given }],
  },
  'bench:journal': {
    about: 'benchmarks of the journal beside raw inserts and queries',
    commands: (given) => [{ script: 'bench/journal/run.ts', args: given }],
  },
  'bench:agent': {
    about: 'benchmarks of an agent run beside a bare loop',
    commands: (given) => [{ script: 'bench/agent/run.ts', args: given }],
  },
  'bench:agent:peers': {
    about: 'the same run by other agent frameworks; installs them into bench/agent/peers',
    commands: (given) => [{ script: 'bench/agent/peers.ts', args: given }],
  },
  'bench:http': {
    about: 'a request of the HTTP API beside plain Express, and open event streams',
    commands: (given) => [{ script: 'bench/http/run.ts', args: given }],
  },
  'bench:kept': {
    about: 'what runs that ended, or wait, leave in memory',
    commands: (given) => [{ script: 'bench/agent/kept-memory.ts', args: given }],
  },
  'bench:install': {
    about: 'installs of 20 plugins beside npm, from one registry',
    commands: (given) => [{ script: 'bench/install/run.ts', args: given }],
  },
  'bench:recordings': {
    about:
      'recorded answers of real providers, read by ours and by the official clients: npm run bench:recordings -- folder',
    commands: (given) => [{ script: 'bench/recordings/run.ts', args: given }],
  },
  'bench:jobs': {
    about: 'benchmarks of jobs beside bare queues',
    commands: (given) => [{ script: 'bench/jobs/run.ts', args: given }],
  },
};

export { source as sourceCondition };
