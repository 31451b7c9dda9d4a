import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientSuite, key, tamperWith } from './support/client-suite.ts';
import { installedVersion, isEverything, type NpmClient } from './support/npm-clients.ts';

const password = 'correct horse battery';
/** What they do alike is tried with the newest, and with all by `npm run registry:e2e`. */
const names = isEverything ? (['npm-12', 'npm-11', 'npm-10'] as const) : (['npm-12', 'npm-11'] as const);

describe('npm', function () {
  this.timeout(180_000);
  const suite = clientSuite();
  const { advise, setUp, tagsOf } = suite;

  for (const name of names)
    describe(name, () => {
      const both = name === 'npm-12' || isEverything ? it : it.skip;
      /** Its commands came with version 11. */
      const newer = name === 'npm-10' ? it.skip : both;
      let npm: NpmClient;
      const one = `@${name}/one`;
      before(async () => (npm = await setUp(name)));

      it('knows who it is, publishes, tags and installs', async () => {
        await npm.good(['ping']);
        assert.equal((await npm.good(['whoami'])).trim(), name);
        assert.equal(JSON.parse(await npm.good(['profile', 'get', '--json'])).name, name);
        await npm.plugin('p', one, '1.0.0', key);
        assert.match(await npm.good(['publish'], { folder: 'p' }), /\+ @npm-1[012]\/one@1\.0\.0/);
        await npm.plugin('p', one, '1.1.0', key);
        await npm.good(['publish', '--tag=next'], { folder: 'p' });
        assert.match((await npm.run(['publish'], { folder: 'p' })).output, /You cannot publish over/);
        npm.project('q');
        await npm.good(['install', one, '--no-audit'], { folder: 'q' });
        assert.equal(installedVersion(npm.home, 'q', one), '1.0.0');
        assert.match(await npm.good(['dist-tag', 'ls', one]), /latest: 1\.0\.0\nnext: 1\.1\.0/);
        await npm.good(['dist-tag', 'add', `${one}@1.1.0`, 'stable']);
        await npm.good(['dist-tag', 'rm', one, 'next']);
        assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      });

      it('finds, shows, deprecates and audits', async () => {
        assert.match(await npm.good(['search', 'published', '--parseable']), new RegExp(one));
        assert.deepEqual(JSON.parse(await npm.good(['view', one, 'versions', '--json'])), ['1.0.0', '1.1.0']);
        await npm.good(['deprecate', `${one}@1.0.0`, 'use 1.1']);
        assert.match(await npm.good(['view', `${one}@1.0.0`, 'deprecated']), /use 1\.1/);
        await advise(one);
        const audit = await npm.run(['audit', '--json'], { folder: 'q' });
        assert.equal(JSON.parse(audit.stdout).metadata.vulnerabilities.high, 1);
        assert.equal(audit.code, 1);
      });

      /** Version 12 has them no more, so they are tried with the one before, always. */
      const older = name === 'npm-12' ? it.skip : it;
      older('stars', async () => {
        await npm.good(['star', one]);
        assert.match(await npm.good(['stars']), new RegExp(one));
        await npm.good(['unstar', one]);
        assert.doesNotMatch(await npm.good(['stars']), new RegExp(one));
      });

      both('tells a good signature from one that was tampered with', async () => {
        // It would ask sigstore's own server for keys of other registries first.
        const env = {
          NODE_OPTIONS: `--require=${join(import.meta.dirname, 'support/without-sigstore.cjs')}`,
        };
        const told = await npm.run(['audit', 'signatures'], { folder: 'q', env });
        assert.equal(told.code, 0, told.output);
        assert.match(told.output, /1 package has a verified registry signature/);
        const putRight = await tamperWith(suite.registry, one);
        const tampered = await npm.run(['audit', 'signatures', '--prefer-online'], { folder: 'q', env });
        await putRight();
        assert.equal(tampered.code, 1, tampered.output);
        assert.match(tampered.output, /invalid registry signature/);
      });

      both('changes owners, access, organisations and teams', async () => {
        const friend = `friend-${name}`;
        await suite.registry.account(friend);
        assert.match(await npm.good(['owner', 'add', friend, one]), /\+ friend/);
        assert.match(await npm.good(['owner', 'ls', one]), new RegExp(friend));
        await npm.good(['owner', 'rm', friend, one]);
        const org = `org-${name}`;
        await npm.plugin('o', `@${org}/tool`, '1.0.0', key);
        await npm.good(['publish'], { folder: 'o' });
        await npm.good(['org', 'set', org, friend, 'developer']);
        assert.match(await npm.good(['org', 'ls', org]), new RegExp(friend));
        await npm.good(['team', 'create', `@${org}:dev`]);
        await npm.good(['team', 'add', `@${org}:dev`, friend]);
        assert.match(await npm.good(['team', 'ls', `@${org}:dev`]), new RegExp(friend));
        await npm.good(['access', 'grant', 'read-only', `@${org}:dev`, `@${org}/tool`]);
        assert.match(
          await npm.good(['access', 'list', 'collaborators', `@${org}/tool`]),
          new RegExp(`${friend}: read-only`),
        );
        assert.match(await npm.good(['access', 'list', 'packages', `@${org}:dev`]), /tool: read-only/);
        assert.match(await npm.good(['access', 'list', 'packages', name]), new RegExp(`${one}: read-write`));
        await npm.good(['access', 'set', 'status=private', `@${org}/tool`]);
        assert.match(await npm.good(['access', 'get', 'status', `@${org}/tool`]), /private/);
        await npm.good(['access', 'set', 'mfa=none', `@${org}/tool`]);
        await npm.good(['access', 'revoke', `@${org}:dev`, `@${org}/tool`]);
        await npm.good(['team', 'rm', `@${org}:dev`, friend]);
        await npm.good(['team', 'destroy', `@${org}:dev`]);
        await npm.good(['org', 'rm', org, friend]);
      });

      newer('makes and revokes tokens', async () => {
        const made = await npm.good([
          'token',
          'create',
          '--json',
          `--password=${password}`,
          '--name=ci',
          '--packages',
          one,
          '--packages-and-scopes-permission=read-write',
        ]);
        const { token } = JSON.parse(made) as { token: string };
        const listed = JSON.parse(await npm.good(['token', 'list', '--json'])) as {
          name: string;
          key: string;
        }[];
        const ci = listed.find((each) => each.name === 'ci');
        assert.ok(ci && !JSON.stringify(listed).includes(token));
        await npm.good(['token', 'revoke', ci.key]);
        assert.equal((await suite.registry.ask('GET', '/-/whoami', { token })).status, 401);
      });

      both('unpublishes', async () => {
        await npm.good(['unpublish', `${one}@1.1.0`]);
        assert.match(await npm.good(['view', one, 'versions', '--json']), /^\[?\s*"1\.0\.0"\s*\]?\s*$/);
      });

      newer('stages a version, which a person approves, and trusts a workflow', async () => {
        await npm.plugin('p', one, '1.2.0', key);
        await npm.good(['stage', 'publish'], { folder: 'p' });
        const { id } = JSON.parse(await npm.good(['stage', 'list', '--json']))[0];
        assert.match(await npm.good(['stage', 'view', id]), /1\.2\.0/);
        await npm.good(['stage', 'approve', id]);
        assert.match(await npm.good(['view', `${one}@1.2.0`, 'version']), /1\.2\.0/);
        await npm.plugin('p', one, '1.3.0', key);
        await npm.good(['stage', 'publish'], { folder: 'p' });
        await npm.good(['stage', 'reject', JSON.parse(await npm.good(['stage', 'list', '--json']))[0].id]);
        assert.equal((await suite.registry.ask('GET', `/${one}`)).json.versions['1.3.0'], undefined);
        await npm.good([
          'trust',
          'github',
          one,
          '--file=release.yml',
          '--repo=acme/one',
          '--allow-publish',
          '--yes',
        ]);
        assert.match(await npm.good(['trust', 'list', one]), /acme\/one/);
      });
    });
});
