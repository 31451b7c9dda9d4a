import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const tools = dirname(import.meta.dirname);
const lock = { packages: { 'node_modules/knip': { version: '6.42.1', integrity: 'sha512-x' } } };

/** An npm that notes each call and installs a tool which does as its arguments say. */
const workingNpm = `
  const fs = require('node:fs');
  fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  setTimeout(() => {
    fs.mkdirSync('node_modules/knip', { recursive: true });
    fs.writeFileSync('node_modules/knip/package.json', JSON.stringify({ bin: { knip: 'knip.cjs' } }));
    fs.copyFileSync('knip.cjs', 'node_modules/knip/knip.cjs');
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
  }, 100);`;

const tool = `
  if (process.argv.includes('--wait')) {
    process.on('SIGTERM', () => {
      console.log('told');
      setTimeout(() => process.exit(7), process.argv.includes('--slow') ? 1200 : 0);
    });
    setTimeout(() => {}, 20_000); // whom nobody tells goes by itself
    console.log('ready');
  } else {
    console.log(JSON.stringify(process.argv.slice(2)));
    process.exitCode = process.argv.includes('--fail') ? 5 : 0;
  }`;

const nodeVersion = '24.99.0';

/** What tools/node locks: a Node for this machine. */
const nodeLock = {
  packages: {
    'node_modules/node-here': {
      version: nodeVersion,
      os: [process.platform],
      cpu: [process.arch],
      bin: { node: 'bin/node' },
    },
  },
};

/** An npm that in .tools installs a Node, which says that it is `version` and is this one, and else does as the other. */
const npmWithNode = (version: string): string => `
  if (process.cwd().includes('.tools')) {
    const fs = require('node:fs');
    fs.appendFileSync('../../node-calls', process.argv.slice(2).join(' ') + '\\n');
    fs.mkdirSync('node_modules/node-here/bin', { recursive: true });
    const script = '#!/bin/sh\\n[ "$1" = --version ] && echo v${version} && exit\\nNODE_OPTIONS= exec "${process.execPath}" "$@"\\n';
    fs.writeFileSync('node_modules/node-here/bin/node', script, { mode: 0o755 });
  } else { ${workingNpm} }`;

/** Has a Node say that it is an old one. */
const oldNode = "--import=data:text/javascript,Object.defineProperty(process,'version',{value:'v20.11.0'})";

describe('run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-'));
    mkdirSync(join(folder, 'tools'));
    for (const name of readdirSync(tools).filter((each) => each.endsWith('.mjs')))
      cpSync(join(tools, name), join(folder, 'tools', name));
    mkdirSync(join(folder, 'npm'));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    writeFileSync(join(folder, 'knip.cjs'), tool);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function environment(npmSource: string, options: string): NodeJS.ProcessEnv {
    const npm = join(folder, 'npm/npm-cli.js');
    writeFileSync(npm, npmSource);
    return { ...process.env, NODE_OPTIONS: options, npm_execpath: npm };
  }

  function start(npmSource: string, args: string[], options = ''): ChildProcess {
    const env = environment(npmSource, options);
    return spawn(process.execPath, ['tools/run.mjs', ...args], { cwd: folder, env });
  }

  /** As npm does: in a shell, here one that stays while the script runs, which not all of them do. */
  function startInShell(npmSource: string, args: string[], options = ''): ChildProcess {
    const env = {
      ...environment(npmSource, options),
      npm_lifecycle_event: 'deadcode',
      NODE: process.execPath,
    };
    const script = `SHELL_PID=$$ "$NODE" tools/run.mjs ${args.join(' ')}; exit $?`;
    return spawn('sh', ['-c', script], { cwd: folder, env });
  }

  async function finish(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => (out += chunk));
    child.stderr?.on('data', (chunk) => (err += chunk));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, out, err };
  }

  it('lists its tasks, and refuses one that it does not know', async () => {
    const listed = await finish(start(workingNpm, []));
    assert.equal(listed.code, 0);
    assert.match(listed.err, /^ {2}test +all tests/m);
    assert.equal((await finish(start(workingNpm, ['tset']))).code, 2);
    assert.equal(existsSync(join(folder, 'npm-calls')), false, 'nothing is installed for that');
  });

  it('installs what is locked without running scripts, then runs the task with its arguments', async () => {
    const { code, out } = await finish(start(workingNpm, ['deadcode', '--verbose']));
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), ['--no-config-hints', '--verbose']);
    assert.match(readFileSync(join(folder, 'npm-calls'), 'utf8'), /^ci --ignore-scripts .*\n$/);
  });

  it('says nothing and installs nothing the second time', async () => {
    await finish(start(workingNpm, ['deadcode']));
    const { err } = await finish(start('process.exit(1)', ['deadcode']));
    assert.equal(err, '');
  });

  it('installs again when the lock file has changed', async () => {
    await finish(start(workingNpm, ['deadcode']));
    const changed = { packages: { ...lock.packages, 'node_modules/semver': { version: '7.8.6' } } };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(changed));
    await finish(start(workingNpm, ['deadcode']));
    assert.equal(readFileSync(join(folder, 'npm-calls'), 'utf8').split('\n').length, 3);
  });

  it('installs once when two are started at once', async () => {
    const both = await Promise.all([
      finish(start(workingNpm, ['deadcode'])),
      finish(start(workingNpm, ['deadcode'])),
    ]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(readFileSync(join(folder, 'npm-calls'), 'utf8').split('\n').length, 2);
  });

  it('explains a failed installation without a stack trace', async () => {
    const { code, err } = await finish(
      start(`console.error('npm error code ENOTFOUND'); process.exit(1)`, ['deadcode']),
    );
    assert.equal(code, 1);
    assert.match(err, /The npm registry could not be reached/);
    assert.match(err, /npm error code ENOTFOUND/);
    assert.match(err, /run the command again/);
    assert.doesNotMatch(err, /^ +at /m);
  });

  it('gives the exit code of the task', async () => {
    assert.equal((await finish(start(workingNpm, ['deadcode', '--fail']))).code, 5);
  });

  it('passes signals on and waits for the task to end', async () => {
    const child = start(workingNpm, ['deadcode', '--wait']);
    child.stdout?.once('data', () => child.kill('SIGTERM'));
    assert.equal((await finish(child)).code, 7);
  });

  describe('in the shell of an npm that is told to end', () => {
    before(function () {
      if (process.platform === 'win32') this.skip(); // no sh, and no SIGTERM
    });

    it('tells the task to end, once', async () => {
      const shell = startInShell(workingNpm, ['deadcode', '--wait', '--slow']);
      shell.stdout?.once('data', () => shell.kill('SIGTERM'));
      assert.equal((await finish(shell)).out, 'ready\ntold\n');
    });

    it('does not begin the task once it has installed what was missing', async () => {
      const npmThatEndsTheShell = `
        const shell = Number(process.env.SHELL_PID);
        process.kill(shell);
        const look = setInterval(() => {
          try { process.kill(shell, 0); } catch { clearInterval(look); ${workingNpm} }
        }, 10);`;
      const { out, err } = await finish(startInShell(npmThatEndsTheShell, ['deadcode']));
      assert.equal(out, '', err);
      assert.equal(existsSync(join(folder, 'node_modules/knip')), true);
    });
  });

  describe('on a Node that is too old', () => {
    before(function () {
      if (process.platform === 'win32') this.skip(); // the Node installed here is a script of sh
    });
    beforeEach(() => {
      mkdirSync(join(folder, 'tools/node'));
      writeFileSync(join(folder, 'tools/node/package-lock.json'), JSON.stringify(nodeLock));
    });

    it('installs the locked one once, without running scripts, and runs the task with it', async () => {
      const { code, out, err } = await finish(
        start(npmWithNode(nodeVersion), ['deadcode', '--verbose'], oldNode),
      );
      assert.equal(code, 0, err);
      assert.deepEqual(JSON.parse(out), ['--no-config-hints', '--verbose']);
      assert.match(err, /This is Node v20\.11\.0; the sources need 24 or newer\./);
      assert.match(err, /Installing Node 24\.99\.0 into \.tools \(once\)/);
      const again = await finish(start('process.exit(1)', ['deadcode'], oldNode));
      assert.deepEqual([again.code, again.err], [0, '']);
      assert.match(readFileSync(join(folder, 'node-calls'), 'utf8'), /^ci --ignore-scripts .*\n$/);
    });

    it('passes on to the locked one that the shell of npm has gone', async () => {
      const shell = startInShell(npmWithNode(nodeVersion), ['deadcode', '--wait'], oldNode);
      shell.stdout?.once('data', () => shell.kill('SIGTERM'));
      const { out, err } = await finish(shell);
      assert.equal(out, 'ready\ntold\n', err);
    });

    it('says so when that does not run here, and tries again the next time', async () => {
      const { code, err } = await finish(start(npmWithNode('24.0.0'), ['deadcode'], oldNode));
      assert.equal(code, 1);
      assert.match(
        err,
        /The Node 24\.99\.0 from the npm registry does not run on this machine\.\n\nInstall Node 24/,
      );
      assert.equal((await finish(start(npmWithNode(nodeVersion), ['deadcode'], oldNode))).code, 0);
    });

    it('says so when there is none for this machine', async () => {
      writeFileSync(join(folder, 'tools/node/package-lock.json'), JSON.stringify({ packages: {} }));
      const { code, err } = await finish(start(workingNpm, ['deadcode'], oldNode));
      assert.equal(code, 1);
      assert.match(err, /no Node 24 package is known for/);
      assert.doesNotMatch(err, /^ +at /m);
    });
  });
});
