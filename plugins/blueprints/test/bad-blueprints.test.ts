import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '@agent-factory/sdk';
import type { BlueprintProblem } from '@agent-factory/sdk/contracts';
import { bootBlueprints, deskFiles, writeFiles, type BlueprintPlatform } from './support/boot-blueprints.ts';

const line = ({ file = '', path, message, fix }: BlueprintProblem): string =>
  `${file} ${path} ${message} | ${fix ?? ''}`;

describe('a blueprint that is wrong', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  before(async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
  });
  after(() => platform.close());
  let made = 0;
  /** Problems of the desk with other files, one a line. */
  const problemsOf = async (
    changed: Readonly<Record<string, unknown>>,
    parameters: Readonly<Record<string, Json>> = { shop: 'Acme' },
    prepare: (folder: string) => Promise<unknown> = async () => {},
  ): Promise<string> => {
    const folder = join(platform.folder, `other-${made++}`);
    await writeFiles(folder, deskFiles('1.0.0', changed));
    await prepare(folder);
    return (await platform.blueprints.validate({ folder }, parameters)).map(line).join('\n');
  };

  it('is told all of it at once, with file, place and mend', async () => {
    const text = await problemsOf({
      'agents/broken.yaml': 'name: [x\n',
      'agents/list.yaml': '- 1\n',
      'agents/nan.yaml': 'name: nan\ninstructions: x\nmodel: test/any\nsettings: { temperature: .nan }\n',
      'agents/nameless.yaml': { instructions: 'x', model: 'test/any' },
      'agents/asked.yaml': { name: '${param:shop}', instructions: 'x', model: 'test/any' },
      'agents/twin.yaml': { name: 'triage', instructions: 'x', model: 'test/any' },
      'workflows/odd.yaml': { name: 'odd', version: '1.0.0', start: 'a', nodes: [], edges: [] },
      'router/typo.yaml': {},
      'blueprint.json': '{}',
    });
    assert.match(text, /agents\/broken\.yaml {2}cannot be read: .*line 2/);
    assert.match(text, /agents\/list\.yaml {2}must be an object/);
    assert.match(text, /agents\/nan\.yaml {2}cannot be read: it holds what JSON cannot/);
    assert.match(text, /agents\/nameless\.yaml \/name must be a name/);
    assert.match(text, /agents\/asked\.yaml \/name must be a name/);
    assert.match(text, /agents\/twin\.yaml \/name "triage" is taken by agents\/triage\.yaml/);
    assert.match(text, /workflows\/odd\.yaml \/nodes /);
    assert.match(text, /router {2}is not looked at \| Did you mean "routers"\?/);
    assert.match(text, /blueprint\.yaml {2}says again what blueprint\.json says/);
  });

  it('is told what its definitions name and is not there', async () => {
    const text = await problemsOf({
      'agents/triage.yaml': {
        name: 'triage',
        instructions: 'x',
        model: 'tset/any',
        tools: ['find_it'],
        handoffs: [{ target: 'refunds', when: 'outptu == 1' }],
      },
      'evaluations/sorts.yaml': {
        name: 'sorts',
        version: '1.0.0',
        target: { kind: 'agent', name: 'nobody' },
        cases: [{ name: 'one', input: 1 }],
      },
    });
    assert.match(
      text,
      /agents\/triage\.yaml \/model no active plugin offers the model provider "tset".*Did you mean "test"/,
    );
    assert.match(text, /agents\/triage\.yaml \/tools\/0 no active plugin offers the tool "find_it"/);
    assert.match(text, /agents\/triage\.yaml \/handoffs\/0\/when .*There is no variable "outptu"/);
    assert.match(text, /evaluations\/sorts\.yaml \/target\/name there is no agent named "nobody"/);
  });

  it('asks what cannot be asked, or is answered with what does not fit', async () => {
    const asking = (parameters: object): Promise<string> => problemsOf({ 'blueprint.yaml': { parameters } });
    assert.match(await asking({ type: 'array' }), /blueprint\.yaml \/parameters\/type must be "object"/);
    assert.match(
      await asking({ properties: { key: { type: 'string', secret: true } } }),
      /\/parameters\/properties\/key cannot be a secret: .* \| Ask for the name of a secret/,
    );
    assert.match(await asking({ properties: { 'a b': {} } }), /must be a name of letters/);
    assert.match(
      await asking({ properties: { a: { type: 'strang' } } }),
      /blueprint\.yaml \/parameters .*strang/,
    );
    assert.match(
      await asking({ properties: { a: { type: 'integer', minimum: 5, maximum: 4 } }, required: ['a'] }),
      /blueprint\.yaml \/parameters/,
    );
    assert.match(await problemsOf({}, {}), /\/parameters\/shop is required/);
    const wrong = await problemsOf({}, { shop: 'Acme', limit: 'much', lmit: 1 });
    assert.match(wrong, /\/parameters\/limit must be/);
    assert.match(wrong, /\/parameters\/lmit is not known here/);
  });

  it('is not followed out of its folder, and may not be too large', async () => {
    const linked = await problemsOf({}, { shop: 'Acme' }, (folder) =>
      symlink('/etc/hostname', join(folder, 'agents/outside.yaml')),
    );
    assert.match(linked, /agents\/outside\.yaml {2}cannot be read: it is no plain file/);
    const large = await problemsOf({ 'agents/large.yaml': `name: large\n# ${'x'.repeat(2 ** 20)}\n` });
    assert.match(large, /agents\/large\.yaml {2}cannot be read: it has more than 1048576 bytes/);
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let at = 1; at < 9; at++)
      bomb.push(`b${at}: &b${at} [${`*${at === 1 ? 'a' : `b${at - 1}`},`.repeat(9)}]`);
    assert.match(
      await problemsOf({ 'agents/bomb.yaml': bomb.join('\n') }),
      /agents\/bomb\.yaml {2}cannot be read/,
    );
  });

  it('may be no blueprint at all', async () => {
    const refused = (files: Readonly<Record<string, unknown>>): Promise<string> =>
      problemsOf(files).then(
        () => assert.fail('it was read'),
        (error: Error) => error.message,
      );
    assert.match(await refused({ 'package.json': '{' }), /package\.json: cannot be read/);
    assert.match(
      await refused({ 'package.json': { name: 'x', version: '1.0.0' } }),
      /is not that of a blueprint/,
    );
    const folder = join(platform.folder, 'empty');
    await writeFiles(folder, { 'package.json': deskFiles()['package.json'] });
    const [none] = await platform.blueprints.validate({ folder });
    assert.match(none?.message ?? '', /holds no definition/);
  });
});
