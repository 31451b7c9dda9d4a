import assert from 'node:assert/strict';
import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { CelFailure, CelIssue, compileCel, compileCelCondition } from '@agent-factory/cel';

const ticket: JsonSchema = {
  type: 'object',
  properties: {
    amount: { type: 'number' },
    attempts: { type: 'integer' },
    tier: { enum: ['gold', 'silver'] },
    tags: { type: 'array', items: { type: 'string' } },
    note: { type: ['string', 'null'] },
    extra: { type: 'object' },
  },
};
const variables = { ticket, any: {}, open: { type: 'object', additionalProperties: { type: 'integer' } } };

const evaluate = (source: string, values: JsonObject = {}): unknown =>
  compileCel(source, { variables, result: 'any' }).evaluate(values);

function issueOf(source: string): CelIssue {
  try {
    compileCel(source, { variables, result: 'boolean' });
  } catch (error) {
    assert.ok(error instanceof CelIssue, String(error));
    return error;
  }
  return assert.fail(`${source} was accepted`);
}

describe('compileCel', () => {
  it('adds and compares whole numbers of JSON as whole numbers', () => {
    assert.equal(evaluate('any.attempts + 1 > 3', { any: { attempts: 3 } }), true);
    assert.equal(evaluate('ticket.attempts / 2', { ticket: { attempts: 3 } }), 1);
    assert.equal(evaluate('-7 / 2'), -3);
    assert.equal(evaluate('any == 1.0 && any == 1', { any: 1 }), true);
  });

  it('calculates with whole numbers and others together', () => {
    assert.equal(evaluate('ticket.amount / 2', { ticket: { amount: 3 } }), 1.5);
    assert.equal(evaluate('ticket.attempts * 1.5', { ticket: { attempts: 3 } }), 4.5);
  });

  it('fails beyond the whole numbers that JSON keeps exactly, in place of rounding', () => {
    assert.throws(() => evaluate('any + 1', { any: Number.MAX_SAFE_INTEGER }), CelFailure);
    assert.equal(evaluate('any + 0.5', { any: 2 ** 52 }), 2 ** 52 + 0.5);
  });

  it('does not divide where it is not known whether a number is whole', () => {
    const issue = issueOf('any.a / 2 > 1');
    assert.ok(issue.unsupported);
    assert.match(issue.fix, /int\(x\).*double\(x\)/);
    assert.equal(evaluate('double(any.a) / 2', { any: { a: 3 } }), 1.5);
  });

  it('reads own properties only', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.throws(() => evaluate(`any.${name}`, { any: {} }), CelFailure, name);
      assert.throws(() => evaluate(`any["${name}"]`, { any: {} }), CelFailure, name);
      assert.throws(() => evaluate('any[any.key]', { any: { key: name } }), CelFailure, name);
      assert.equal(evaluate(`has(any.${name})`, { any: {} }), false, name);
      assert.equal(evaluate(`"${name}" in any`, { any: {} }), false, name);
      assert.equal(evaluate(`any.${name}`, { any: JSON.parse(`{"${name}": 1}`) }), 1, name);
      assert.ok(issueOf(name) instanceof CelIssue);
    }
    for (const read of ['any.length', 'any["length"]', 'has(any.length)']) {
      assert.throws(() => evaluate(read, { any: [1] }), CelFailure, read);
      assert.throws(() => evaluate(read, { any: 'text' }), CelFailure, read);
    }
  });

  it('makes maps with any key, and changes no prototype', () => {
    const made = evaluate('{"__proto__": {"polluted": true}, "a": 1}') as object; // a map, by its text
    assert.deepEqual(Object.keys(made), ['__proto__', 'a']);
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('does not mind a failure where another part decides', () => {
    assert.equal(evaluate('any.missing == 1 || true', { any: {} }), true);
    assert.equal(evaluate('1 / 0 == 1 && false'), false);
    assert.throws(() => evaluate('1 / 0 == 1 && true'), CelFailure);
    assert.equal(evaluate('[1, 0].exists(i, 1 / i == 1)'), true);
  });

  it('knows the fields a schema lists, and null beside everything', () => {
    assert.equal(evaluate('ticket.note == null', { ticket: { note: null } }), true);
    assert.equal(evaluate('ticket.extra.anything == 1', { ticket: { extra: { anything: 1 } } }), true);
    assert.equal(evaluate('open.x + 1', { open: { x: 1 } }), 2);
  });

  it('counts in characters', () => {
    assert.equal(evaluate('size("🐱a")'), 2);
    assert.equal(evaluate('"🐱ab".substring(1, 2)'), 'a');
    assert.equal(evaluate('"🐱ab".indexOf("b")'), 2);
    assert.equal(evaluate('"\\U0001F431" > "\\uFF5E"'), true, 'by code points');
  });

  it('says what it reads, and where that lies', () => {
    const source =
      'ticket.tags[0] == "a" && any["b c"].d > 1 && has(ticket.note) && ticket.tags.exists(t, t == any.e)';
    const { reads, paths } = compileCel(source, { variables, result: 'boolean' });
    assert.deepEqual(reads, ['ticket', 'any']);
    assert.deepEqual(paths, [
      ['ticket', 'tags', 0],
      ['any', 'b c', 'd'],
      ['ticket', 'note'],
      ['ticket', 'tags'],
      ['any', 'e'],
    ]);
  });

  const refused: Readonly<Record<string, { at: number; says: RegExp; fix: RegExp }>> = {
    '': { at: 0, says: /ends too early/, fix: /value/ },
    'ticket.amount > ': { at: 16, says: /ends too early/, fix: /value/ },
    'ticket.amount = 3': { at: 14, says: /"=" cannot be read/, fix: /==/ },
    'ticket.amount > 3 & any': { at: 18, says: /"&"/, fix: /&&/ },
    'tikcet.amount > 3': { at: 0, says: /no variable "tikcet"/, fix: /"ticket"/ },
    'ticket.amuont > 3': { at: 7, says: /no field "amuont"/, fix: /"amount"/ },
    'ticket.amount > "3"': { at: 14, says: /does not compare a number with a text/, fix: /convert/ },
    'ticket.tier == 1': { at: 12, says: /never equal/, fix: /same kind/ },
    'ticket.amount': { at: 7, says: /takes true or false/, fix: /Compare/ },
    'ticket.tags.contains("a")': {
      at: 12,
      says: /does not take a list of texts, a text/,
      fix: /a text, a text/,
    },
    'ticket.tags.exist(t, true)': { at: 12, says: /no function exist/, fix: /"exists"/ },
    'ticket.tags.all(t.x, true)': { at: 18, says: /name that each item gets/, fix: /new word/ },
    'ticket.tier.matches("(a")': { at: 20, says: /regular expression cannot be read/, fix: /RE2/ },
    'ticket.tier.matches("a(?=b)")': { at: 20, says: /regular expression cannot be read/, fix: /look-ahead/ },
    'ticket.tier.matches(any)': { at: 20, says: /not written as a text/, fix: /quotes/ },
    'size(ticket.amount) > 1': { at: 0, says: /size\(\) does not take a number/, fix: /a text/ },
    '"a" + 1 == "a1"': { at: 4, says: /"\+" does not take/, fix: /string\(x\)/ },
    '"a\\q" == any': { at: 2, says: /stands for no character/, fix: /r"/ },
    'let == 1': { at: 0, says: /reserved/, fix: /otherwise/ },
    '5u == 5u': { at: 0, says: /Unsigned/, fix: /"u"/ },
    'timestamp(any) > timestamp(any)': { at: 0, says: /timestamp/, fix: /list of functions/ },
  };
  for (const [source, { at, says, fix }] of Object.entries(refused)) {
    it(`refuses ${source === '' ? 'nothing' : source}`, () => {
      const issue = issueOf(source);
      assert.match(issue.message, says);
      assert.match(issue.fix, fix);
      assert.equal(issue.offset, at);
    });
  }
});

describe('what a decision saw', () => {
  it('holds what is there, cut where it is long', () => {
    const compiled = compileCelCondition(
      'any.list.exists(i, i > 1) && any.text != "" && any.list[1] == 1 && !has(any.gone)',
      { variables },
      { evaluator: 'cel' },
    );
    const list = Array.from({ length: 40 }, (_, at) => at);
    assert.deepEqual(compiled.evaluate({ any: { list, text: 'x'.repeat(500) } }).saw, {
      'any.list': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, '… (30 more)'],
      'any.text': `${'x'.repeat(200)}… (500 characters)`,
      'any.list[1]': 1,
    });
  });
});
