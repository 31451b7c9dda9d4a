import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const plugin = '/-/af/v1/plugins/@acme%2fweather';

describe('reviews and reports', () => {
  let registry: TestRegistry;
  let author: string;
  let reader: string;
  let admin: string;

  before(async () => {
    registry = await openTestRegistry();
    author = await registry.account('acme');
    reader = await registry.account('reader');
    admin = await registry.account('boss', { role: 'admin' });
    await registry.publish(author, await makePlugin({ name: '@acme/weather' }));
  });
  after(() => registry.close());

  const write = (token: string, body: unknown): ReturnType<TestRegistry['ask']> =>
    registry.ask('PUT', `${plugin}/reviews/mine`, { token, body });

  it('keeps one review for each account, which its writer may change and withdraw', async () => {
    assert.equal((await write(reader, { rating: 2, title: 'Hm', text: 'It fails in Oslo.' })).status, 201);
    assert.equal((await write(reader, { rating: 5, title: 'Mended', text: 'Now it works.' })).status, 201);
    const { json } = await registry.ask('GET', `${plugin}/reviews`);
    assert.deepEqual(json.rating, { count: 1, mean: 5 });
    assert.deepEqual([json.reviews[0].title, json.reviews[0].version], ['Mended', '1.0.0']);
    const gone = await registry.ask('DELETE', `${plugin}/reviews/mine`, { token: reader });
    assert.equal(gone.status, 200);
    assert.deepEqual((await registry.ask('GET', `${plugin}/reviews`)).json.rating, { count: 0, mean: null });
  });

  it('takes none of those who publish the plugin, of strangers, and none that is not one', async () => {
    const good = { rating: 5, title: 'Best', text: 'Mine.' };
    assert.deepEqual(await refusal(write(author, good)), [403, 'AF_REGISTRY_FORBIDDEN']);
    assert.equal((await registry.ask('PUT', `${plugin}/reviews/mine`, { body: good })).status, 401);
    for (const bad of [
      { ...good, rating: 0 },
      { ...good, rating: 4.5 },
      { ...good, rating: '5' },
      { ...good, title: '' },
      { ...good, text: 'x'.repeat(5000) },
      [],
    ])
      assert.deepEqual(await refusal(write(reader, bad)), [400, 'AF_REGISTRY_REQUEST']);
    const reads = await registry.account('looker', { rights: { level: 'read' } });
    assert.deepEqual(await refusal(write(reads, good)), [403, 'AF_REGISTRY_FORBIDDEN']);
  });

  it('lets an administrator hide a review, with a reason in the audit log', async () => {
    await write(reader, { rating: 1, title: 'Buy elsewhere', text: 'An advertisement.' });
    const path = `${plugin}/reviews/reader/visibility`;
    const hide = { visibility: 'hidden', reason: 'An advertisement.' };
    assert.equal((await registry.ask('POST', path, { token: reader, body: hide })).status, 403);
    assert.equal((await registry.ask('POST', path, { token: admin, body: hide })).status, 200);
    assert.deepEqual((await registry.ask('GET', `${plugin}/reviews`)).json.reviews, []);
    const { json } = await registry.ask('GET', '/-/af/v1/audit', { token: admin });
    assert.ok(json.lines.some(({ action }: { action: string }) => action === 'review.hidden'));
  });

  it('takes reports, bounded for each account, and an administrator answers each once', async () => {
    const report = { kind: 'malware', text: 'It mines coins.', version: '1.0.0' };
    const { json } = await registry.ask('POST', `${plugin}/reports`, { token: reader, body: report });
    assert.equal((await registry.ask('GET', '/-/af/v1/reports', { token: reader })).status, 403);
    const { json: open } = await registry.ask('GET', '/-/af/v1/reports', { token: admin });
    assert.deepEqual([open.reports[0].id, open.reports[0].kind], [json.id, 'malware']);
    const answer = { outcome: 'dismissed', answer: 'It does not.' };
    const path = `/-/af/v1/reports/${json.id}`;
    assert.equal((await registry.ask('POST', path, { token: admin, body: answer })).status, 200);
    assert.equal((await registry.ask('POST', path, { token: admin, body: answer })).status, 404);
    for (let at = 0; at < 20; at++)
      assert.equal(
        (await registry.ask('POST', `${plugin}/reports`, { token: reader, body: report })).status,
        201,
      );
    const more = registry.ask('POST', `${plugin}/reports`, { token: reader, body: report });
    assert.deepEqual(await refusal(more), [403, 'AF_REGISTRY_FORBIDDEN']);
  });
});

describe('a publisher', () => {
  let registry: TestRegistry;
  let owner: string;
  let site: Server;
  let host: string;
  let served = '';
  let records: string[][] = [];

  before(async () => {
    site = createServer((request, response) => {
      const isIt =
        request.url === '/.well-known/agent-factory-publisher.txt' || request.url === '/acme/weather/raw';
      response.writeHead(isIt ? 200 : 404).end(served);
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    host = `127.0.0.1:${(site.address() as AddressInfo).port}`; // it listens on a port
    registry = await openTestRegistry({
      publisherProofs: {
        privateHosts: [host],
        repositoryHosts: { 'code.example': `http://${host}{path}/raw` },
        resolveTxt: async () => records,
      },
    });
    owner = await registry.account('acme');
    await registry.account('mallory');
  });
  after(async () => {
    await registry.close();
    site.close();
  });

  const proofs = '/-/af/v1/publishers/acme/proofs';
  const ask = (path: string, body: unknown, token = owner): ReturnType<TestRegistry['ask']> =>
    registry.ask('POST', path, { token, body });

  it('shows that a domain is theirs by a file on it, and loses that when the file is gone', async () => {
    const named = { kind: 'domain', value: host };
    const { status, json } = await ask(proofs, named);
    assert.equal(status, 201);
    assert.match(json.how[0], /agent-factory-publisher\.txt/);
    assert.deepEqual(await refusal(ask(`${proofs}/check`, named)), [422, 'AF_REGISTRY_PROOF_MISSING']);
    served = `hello\nagent-factory-publisher=${json.challenge}\n`;
    assert.equal((await ask(`${proofs}/check`, named)).status, 200);
    const shown = await registry.ask('GET', '/-/af/v1/publishers/acme');
    assert.deepEqual(
      shown.json.proofs.map(({ kind, value }: { kind: string; value: string }) => [kind, value]),
      [['domain', host]],
    );
    assert.match((await registry.ask('GET', '/publishers/acme')).text, /proven/);
    served = '';
    assert.deepEqual(await refusal(ask(`${proofs}/check`, named)), [422, 'AF_REGISTRY_PROOF_MISSING']);
    assert.deepEqual((await registry.ask('GET', '/-/af/v1/publishers/acme')).json.proofs, []);
  });

  it('shows it by a record of the domain, and a repository by a file in it', async () => {
    const domain = { kind: 'domain', value: 'Acme.example ' };
    const { json } = await ask(proofs, domain);
    records = [['agent-factory-', `publisher=${json.challenge}`]];
    assert.equal((await ask(`${proofs}/check`, domain)).status, 200);
    const repository = { kind: 'repository', value: 'https://code.example/acme/weather.git' };
    const asked = await ask(proofs, repository);
    served = `agent-factory-publisher=${asked.json.challenge}`;
    assert.equal((await ask(`${proofs}/check`, repository)).status, 200);
    const { json: shown } = await registry.ask('GET', '/-/af/v1/publishers/acme');
    assert.equal(shown.proofs.length, 2);
    assert.equal((await ask(`${proofs}/remove`, repository)).status, 200);
  });

  it('is spoken for by its owners alone, and names only what can be looked at from outside', async () => {
    const mallory = (await registry.account('mallory2')) as string;
    const named = { kind: 'domain', value: 'acme.example' };
    assert.deepEqual(await refusal(ask(proofs, named, mallory)), [403, 'AF_REGISTRY_FORBIDDEN']);
    for (const value of ['localhost', '127.0.0.1', 'http://acme.example', '[::1]', 'a b.example', 'x'])
      assert.deepEqual(
        await refusal(ask(proofs, { kind: 'domain', value })),
        [400, 'AF_REGISTRY_REQUEST'],
        value,
      );
    for (const value of [
      'https://evil.example/a/b',
      'http://code.example/a/b',
      'https://code.example/a',
      'x',
    ])
      assert.deepEqual(await refusal(ask(proofs, { kind: 'repository', value })), [
        400,
        'AF_REGISTRY_REQUEST',
      ]);
  });

  it('reaches nothing inside the network, whatever a name resolves to', async () => {
    records = [];
    const named = { kind: 'domain', value: 'localtest.me' };
    await ask(proofs, named);
    const { status, json } = await ask(`${proofs}/check`, named);
    assert.deepEqual([status, json.code], [422, 'AF_REGISTRY_PROOF_MISSING']);
  });
});

async function refusal(asked: ReturnType<TestRegistry['ask']>): Promise<[number, string]> {
  const { status, json } = await asked;
  return [status, json?.code];
}
