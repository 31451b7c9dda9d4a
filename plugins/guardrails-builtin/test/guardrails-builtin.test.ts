import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { Guardrail, type GuardrailSubject } from '@agent-factory/sdk/contracts';
import type { GuardrailStage, GuardrailVerdict } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  guardrailSuite,
  rejectsWith,
  type TestKernel,
  takesLinearTime,
} from '@agent-factory/sdk/testing';
import { expected, patterns } from './expected-verdicts.ts';

describe('guardrails-builtin', () => {
  let kernel: TestKernel;
  let guardrails: ReadonlyMap<string, Guardrail>;
  before(async () => {
    kernel = await bootTestKernel({ plugins: [join(import.meta.dirname, '..')] });
    guardrails = new Map(kernel.all(Guardrail).map(({ value }) => [value.name, value]));
  });
  after(() => kernel.close());

  const named = (name: string): Guardrail => guardrails.get(name) ?? assert.fail(`there is no ${name}`);
  const check = async (
    name: string,
    settings: JsonObject,
    value: Json,
    stage: GuardrailStage = 'toolCall',
  ): Promise<GuardrailVerdict> => {
    const subject: GuardrailSubject = { stage, value, agent: 'a', runId: 'r', tool: 't' };
    return (await named(name).prepare(settings)).check(subject);
  };

  it('has a guardrail for everything that is tested here', () => {
    assert.deepEqual([...guardrails.keys()], Object.keys(expected));
  });

  for (const [name, { examples, invalid }] of Object.entries(expected)) {
    describe(name, () => {
      const suite = guardrailSuite(async () => ({ guardrail: named(name), examples, invalid }));
      for (const each of suite) it(each.name, each.run);
    });
  }

  it('takes out what was found and nothing else', async () => {
    const value = {
      note: 'Card 4111-1111-1111-1111 12/28, mail ann@example.com.',
      list: ['DE89 3704 0044 0532 0130 00'],
    };
    const verdict = await check('pii', {}, value);
    assert.ok(verdict.verdict === 'redact');
    assert.deepEqual(verdict.value, { note: 'Card [credit-card] 12/28, mail [email].', list: ['[iban]'] });
    assert.equal(verdict.reason, 'It holds 1 × credit-card, 1 × email, 1 × iban.');
    assert.ok(!JSON.stringify({ ...verdict, value: null }).includes('4111'), 'names nothing it found');
  });

  it('says where a schema is not met', async () => {
    const schema = { type: 'object', properties: { amount: { type: 'integer' } } };
    const verdict = await check('json-schema', { schema }, { amount: '5' });
    assert.ok(verdict.verdict === 'block');
    assert.match(verdict.reason, /at \/amount/);
  });

  it('finds a pattern of a user in time that grows with the text alone', async () => {
    const settings = { patterns: [{ name: 'slow', pattern: '(a+)+$' }] };
    const prepared = await named('pattern').prepare(settings);
    await takesLinearTime(
      (size) => prepared.check({ stage: 'input', value: `${'a'.repeat(size)}!`, agent: 'a', runId: 'r' }),
      50_000,
    );
  });

  describe('hosts', () => {
    const allow = ['example.com', '*.trusted.org', 'dev.local:8443'];
    const passes = [
      'https://example.com/a?b=c',
      'see http://EXAMPLE.com.',
      'https://a.b.trusted.org/x',
      'https://dev.local:8443/',
      'no address at all, a:b and c://',
    ];
    const objected = [
      'https://example.com.evil.net/',
      'https://evil.net/?x=https://example.com',
      'https://example.com@evil.net/',
      'https://example.com\\@evil.net/',
      'https://trusted.org/',
      'https://dev.local/',
      'https://xn--exmple-cua.com/',
      'http://2130706433/',
      'ftp://example.com/',
      'https:/evil.net/',
      'text,https://evil.net',
    ];
    it('lets pass what is on the list', async () => {
      for (const value of passes)
        assert.equal((await check('hosts', { allow }, { q: value })).verdict, 'pass', value);
    });
    it('objects to everything else, however it is written', async () => {
      for (const value of objected)
        assert.equal((await check('hosts', { allow }, { q: [value] })).verdict, 'block', value);
    });
    it('takes a field that names a host as one', async () => {
      for (const host of [
        'evil.net',
        '//evil.net/x',
        'evil.net:443',
        'javascript:alert(1)',
        'example.com.evil.net',
      ])
        assert.equal((await check('hosts', { allow }, { URL: host })).verdict, 'block', host);
      for (const host of ['example.com', 'EXAMPLE.com/path', ''])
        assert.equal((await check('hosts', { allow }, { url: host })).verdict, 'pass', host);
    });
  });

  describe('recipients', () => {
    const allow = ['ann@example.com', '@corp.example', '@*.corp.example', '#support'];
    it('lets pass who is on the list', async () => {
      for (const to of ['Ann@Example.com', '"Bob" <bob@corp.example>, x@a.corp.example', ['#support'], ''])
        assert.equal((await check('recipients', { allow }, { to })).verdict, 'pass', String(to));
    });
    it('objects to everybody else, also beside one who is', async () => {
      const others = [
        'bob@example.com',
        'ann@example.com, eve@evil.net',
        'ann@example.com\nBcc: eve@evil.net',
        'ann@example.com <eve@evil.net>',
        'eve@corp.example.evil.net',
        'eve@evil.net@corp.example.',
        '#general',
        'everyone',
      ];
      for (const to of others)
        assert.equal((await check('recipients', { allow }, { to: [to] })).verdict, 'block', to);
    });
    it('looks at other arguments only when told to', async () => {
      const value = { body: 'write to eve@evil.net' };
      assert.equal((await check('recipients', { allow }, value)).verdict, 'pass');
      assert.equal((await check('recipients', { allow, everywhere: true }, value)).verdict, 'block');
    });
  });

  it('says which settings are wrong', async () => {
    const error = await rejectsWith(
      named('pattern').prepare(patterns('a(?!b)')),
      'AF_GUARDRAIL_SETTINGS_INVALID',
    );
    assert.equal(error.details['path'], '/patterns/0/pattern');
    assert.match(error.fix, /look-ahead/);
  });
});
