import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openRegistry, type OpenRegistry } from '@agent-factory/registry-server';
import { openBrowser, type Browser } from '@agent-factory/test-servers';
import { cleanUp, launch, tempFolder, type Outcome } from './support/agent-factory.ts';
import { signUp } from './support/sign-up.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/marketplace.md'), 'utf8');
const address = 'http://localhost:4873';

/** The content of a block of the guide. */
function block(file: string): string {
  const found = new RegExp(`\`\`\`\\w+ file=${file.replace('.', '\\.')}\\n([^\`]*)\`\`\``).exec(guide)?.[1];
  assert.ok(found, `docs/marketplace.md shows ${file}`);
  return found;
}

describe('the guide to the marketplace', () => {
  let registry: OpenRegistry;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let browser: Browser | undefined;

  before(async function () {
    this.timeout(120_000);
    folder = tempFolder();
    browser = await openBrowser();
    const quiet = { info: () => {}, warn: () => {}, error: () => {} };
    registry = await openRegistry({ port: 0, dataDir: join(folder, 'registry'), log: quiet });
    env = {
      NPM_CONFIG_USERCONFIG: join(folder, '.npmrc'),
      AF_KEYS__DIR: join(folder, 'keys'),
      npm_config_cache: join(folder, 'npm'),
    };
    writeFileSync(
      join(folder, '.npmrc'),
      `//localhost:${registry.port}/:_authToken=${await signUp(registry.url, 'you')}\n`,
    );
    const config = `name: dicey
plugins:
  - "@agent-factory/plugin-storage-sqlite"
  - "@agent-factory/plugin-journal-sql"
  - "@agent-factory/plugin-llm-local"
  - "@agent-factory/plugin-isolation-process"
  - use: "@agent-factory/plugin-agent-runtime"
    config:
      agents: [{ name: gambler, instructions: Roll dice., model: local/tools, tools: [] }]
`;
    writeFileSync(join(folder, 'agent-factory.config.yaml'), config);
    mkdirSync(join(folder, 'plugin-dice'));
    for (const file of ['package.json', 'index.js'])
      writeFileSync(join(folder, 'plugin-dice', file), block(file));
  });
  after(async () => {
    await browser?.close();
    await cleanUp();
    await registry.close();
  });

  /** Runs a command that stands in the guide, on the registry of this test. */
  async function told(command: string): Promise<Outcome> {
    assert.ok(
      guide.includes(`\n${command}\n`) || guide.includes(`$ ${command}\n`),
      `docs/marketplace.md says: ${command}`,
    );
    const [program = '', ...args] = command.replace(address, registry.url).split(' ');
    if (program === 'agent-factory') return launch(folder, args, env).ended;
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, stdout, stderr };
  }

  /**
   * Installs the plugin as the guide says. A machine that offers L1 alone refuses it, and says what to write and what
   * is not enforced then; only with that it is installed.
   */
  async function added(command: string, shows: RegExp): Promise<string> {
    const { stdout: found } = await launch(folder, ['doctor'], env).ended;
    assert.match(found, /Isolation level L1 is to be had here\. Tried with canaries/);
    if (/Isolation level L[23] is to be had here/.test(found)) {
      await done(command, shows);
      return 'L[23]';
    }
    console.log(`      runs at L1, where L2 is not to be had:\n${found}`);
    const refused = await told(command);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /dice.*needs isolation level L2, which this machine does not offer/);
    assert.match(refused.stderr, /add it with --isolation L1; then this is not enforced: .*network/);
    assert.match(refused.stdout + refused.stderr, /it was taken back/);
    const lowered = command.replace(address, registry.url).split(' ').slice(1);
    const { code, stdout, stderr } = await launch(folder, [...lowered, '--isolation', 'L1'], env).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, shows);
    return 'L1';
  }

  async function done(command: string, shows: RegExp): Promise<void> {
    const { code, stdout, stderr } = await told(command);
    assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
    assert.match(stdout + stderr, shows);
  }

  /** Goes to the plugin as the guide says, and gives what its page says; nothing where there is no browser. */
  async function onThePage(shows: RegExp, link?: string): Promise<void> {
    if (!browser) return;
    const page = await browser.newPage();
    await page.goto(registry.url);
    await page.getByRole('searchbox').fill('dice');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '@you/plugin-dice' }).click();
    if (link !== undefined) await page.getByRole('link', { name: link }).first().click();
    assert.match((await page.textContent('main')) ?? '', shows);
    await page.close();
  }

  it('goes from an empty folder to an installed, upgraded and rolled back plugin', async function () {
    this.timeout(300_000);
    await done('agent-factory plugin keys new', /key "author": SHA256:/);
    await done('agent-factory plugin sign plugin-dice', /@you\/plugin-dice@1\.0\.0: 2 files signed/);
    await done(`npm publish ./plugin-dice --registry ${address}`, /\+ @you\/plugin-dice@1\.0\.0/);
    await onThePage(/It asks for nothing: no network, no files, no secrets/);
    const platform = launch(folder, ['start'], env);
    await platform.until(/Three things to try/);
    await done(
      `agent-factory plugin search dice --registry ${address}`,
      /@you\/plugin-dice +1\.0\.0 .*Dice for agents/,
    );
    await done(
      `agent-factory plugin info @you/plugin-dice --registry ${address}`,
      /adds to +tool[^]*asks for no permission/,
    );
    const level = await added(
      `agent-factory plugin add @you/plugin-dice --registry ${address} --cooldown 0 --yes`,
      /✓ dice 1\.0\.0 installed\n {2}Generation gen-\w+ serves\.\n {2}\+ dice 1\.0\.0: new/,
    );

    const json = { ...JSON.parse(block('package.json')), version: '1.1.0' };
    json.files = ['index.js', 'AF-MANIFEST.json'];
    Object.assign(json.agentFactory, JSON.parse(`{${block('permissions')}}`));
    writeFileSync(join(folder, 'plugin-dice/package.json'), JSON.stringify(json));
    await done('agent-factory plugin sign plugin-dice', /1\.1\.0: 2 files signed/);
    await done(`npm publish ./plugin-dice --registry ${address}`, /\+ @you\/plugin-dice@1\.1\.0/);
    await onThePage(/Asks a server for real randomness\./, 'compared with 1.0.0');
    const waits = await told('agent-factory plugin upgrade dice --cooldown 0 --yes');
    assert.equal(waits.code, 1);
    const shown = /\$ agent-factory plugin upgrade.*\n([^`]*)```/.exec(guide)?.[1];
    assert.equal(waits.stderr, shown);
    assert.match(waits.stdout, /“Asks a server for real randomness\.”/);
    await done(
      'agent-factory plugin upgrade dice --cooldown 0 --grant net',
      /dice 1\.1\.0 instead of 1\.0\.0[^]*version 1\.0\.0 becomes 1\.1\.0/,
    );
    await done(
      'agent-factory plugin rollback',
      /Back to what was installed in generation 1[^]*version 1\.1\.0 becomes 1\.0\.0/,
    );
    const { stdout: state } = await launch(folder, ['doctor'], env).ended;
    assert.match(state, new RegExp(`Plugin dice runs isolated at ${level}`));
    await done('agent-factory plugin verify', /✓ dice 1\.0\.0: 3 files are as signed/);
    await done('agent-factory plugin audit', /Nothing is known against the 1 installed plugin/);
    await done('agent-factory plugin bundle ./bundle', /\+ @you\/plugin-dice@1\.0\.0/);
    await done('agent-factory plugin remove dice', /dice removed[^]*- dice 1\.0\.0/);
    platform.child.kill('SIGTERM');
    assert.equal((await platform.ended).code, 0);
    await done('agent-factory plugin rollback', /Back to what was installed/);
    const again = launch(folder, ['start'], env);
    await again.until(new RegExp(`\\n  dice +1\\.0\\.0 .*isolated at ${level}`));
    await again.until(/Levels of isolation on this machine:\n  L1 yes: Tried with canaries/);
    await again.until(/Three things to try/);
    again.child.kill('SIGTERM');
    assert.equal((await again.ended).code, 0);
  });
});
