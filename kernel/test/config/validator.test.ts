import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { compileValidator } from '../../src/config/validator.ts';

const server = {
  type: 'object',
  additionalProperties: false,
  required: ['port'],
  properties: {
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    level: { enum: ['debug', 'info', 'warn'] },
    key: { type: 'string', minLength: 8, secret: true },
    name: { type: 'string', maxLength: 5, default: 'me' },
    tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  },
};

function lines(schema: Parameters<typeof compileValidator>[0], value: unknown): string[] {
  return compileValidator(schema)(value).map(({ path, message, fix }) =>
    [`${path.slice(1) || 'all'}: ${message}.`, fix].filter(Boolean).join(' '),
  );
}

describe('compileValidator', () => {
  it('finds nothing wrong with a valid value', () => {
    assert.deepEqual(compileValidator(server)({ port: 80, level: 'info' }), []);
  });

  it('says what is expected and what was found', () => {
    assert.deepEqual(lines(server, { port: 'abc' }), ['port: must be a whole number, got "abc".']);
    assert.deepEqual(lines(server, { port: 70000 }), ['port: must be <= 65535, got 70000.']);
    assert.deepEqual(lines(server, {}), ['port: is required.']);
    assert.deepEqual(lines(server, 'x'), ['all: must be an object, got a value that is not shown.']);
    assert.match(lines(server, { port: 1, tags: ['a', 'a'] }).join(), /^tags: must NOT have duplicate items/);
    assert.deepEqual(lines(server, { port: 1, name: 'too long' }), [
      'name: must NOT have more than 5 characters, got "too long".',
    ]);
  });

  it('suggests what was meant', () => {
    assert.deepEqual(lines(server, { port: 1, leevl: 'info' }), [
      'leevl: is not known here. Did you mean "level"?',
    ]);
    assert.deepEqual(lines(server, { port: 1, level: 'inof' }), [
      'level: must be one of "debug", "info", "warn", got "inof". Did you mean "info"?',
    ]);
    assert.deepEqual(lines(server, { port: 1, colour: 'red' }), [
      'colour: is not known here. Known are key, level, name, port, tags.',
    ]);
  });

  it('lists every problem with a JSON Pointer', () => {
    const found = compileValidator(server)({ port: 0, 'a/b~c': 1, tags: [1, 'x', null] });
    assert.deepEqual(found.map(({ path }) => path).sort(), ['/a~1b~0c', '/port', '/tags/0', '/tags/2']);
  });

  it('never shows a secret, wherever the schema declares it', () => {
    const key = { type: 'string', pattern: '^sk-', secret: true };
    const schemas = [
      { properties: { key } },
      { properties: { key: { $ref: '#/$defs/key' } }, $defs: { key } },
      { properties: { key: { $ref: '#key' } }, $defs: { k: { $anchor: 'key', ...key } } },
      { properties: { key: { anyOf: [key, { type: 'number' }] } } },
      { additionalProperties: key },
      { patternProperties: { '^k': key } },
      { properties: { key: { enum: ['hunter1'], secret: true } } },
      { allOf: [{ properties: { key } }], properties: { key: { maxLength: 3 } } },
    ];
    for (const schema of schemas) {
      const found = compileValidator(schema)({ key: 'hunter2' });
      assert.notEqual(found.length, 0, JSON.stringify(schema));
      assert.ok(!JSON.stringify(found).includes('hunter2'), JSON.stringify(found));
    }
  });

  it('shows no text where an object with a secret inside is wanted', () => {
    const key = { type: 'object', properties: { token: { type: 'string', secret: true } } };
    assert.deepEqual(lines({ properties: { key } }, { key: 'hunter2' }), [
      'key: must be an object, got a value that is not shown.',
    ]);
  });

  it('lists what each branch of a union wants', () => {
    const schema = { anyOf: [{ type: 'string' }, { type: 'object', required: ['use'] }] };
    assert.deepEqual(lines(schema, {}), [
      'all: must be text, got an object.',
      'use: is required.',
      'all: must match a schema in anyOf, got an object.',
    ]);
  });

  it('checks versions and ranges', () => {
    const schema = { properties: { is: { semver: 'version' }, fits: { semver: 'range' } } };
    assert.deepEqual(lines(schema, { is: '1.0.0-rc.1', fits: '>=1 <3' }), []);
    assert.deepEqual(lines(schema, { is: 'v1.0.0', fits: 'x y' }), [
      'is: must be a version such as 1.0.0, got "v1.0.0".',
      'fits: must be a semver range such as ^1.0.0, got "x y".',
    ]);
  });

  it('fills defaults and coerces only where asked', () => {
    const value = { port: '80' };
    assert.equal(compileValidator(server)(value).length, 1);
    assert.deepEqual(compileValidator(server, { defaults: true, coerce: true })(value), []);
    assert.deepEqual(value, { port: 80, name: 'me' });
  });

  it('gives the same validator for the same schema and options', () => {
    assert.equal(compileValidator(server), compileValidator(server));
    assert.notEqual(compileValidator(server), compileValidator(server, { coerce: true }));
  });

  it('compiles at the first call and says what is wrong with a bad schema', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ type: 'strin' }, /strin/],
      [{ type: 'object', propertis: {} }, /did you mean "properties"/],
      [{ type: 'number', minimum: '5' }, /minimum/],
      [{ type: 'string', pattern: '(' }, /regular expression/i],
      [{ $ref: '#/nowhere' }, /nowhere/],
    ];
    for (const [schema, reason] of bad) {
      const validator = compileValidator(schema);
      const isTold = (error: unknown): boolean =>
        isAgentFactoryError(error, 'AF_SCHEMA_INVALID') && reason.test(error.message);
      assert.throws(() => validator({}), isTold);
      assert.throws(() => compileValidator(schema, { eager: true }), isTold);
    }
  });

  it('compiles at once where that is asked for', () => {
    const schema = { description: 'No value is needed to find this.', pattern: '(' };
    assert.deepEqual(compileValidator(schema)(1), []);
    assert.throws(() => compileValidator(schema, { eager: true }), /regular expression/i);
    assert.equal(compileValidator(server, { eager: true }), compileValidator(server));
  });

  it('compiles a schema once, however often that is asked for', () => {
    let compilations = 0;
    const schema = {
      get properties() {
        compilations += 1;
        return { at: { type: 'string' } };
      },
    };
    compileValidator(schema, { eager: true });
    const once = compilations;
    assert.ok(once > 0);
    for (let time = 0; time < 5; time++) compileValidator(schema, { eager: true });
    assert.equal(compilations, once);
  });

  it("lets other people's annotations and schema dialects be", () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://example.org/tool',
      type: 'object',
      'x-order': 1,
      properties: { at: { type: 'string', format: 'date-time', path: true } },
    };
    assert.deepEqual(compileValidator(schema)({ at: 'now' }), []);
    assert.deepEqual(compileValidator({ ...schema })({ at: 'now' }), [], 'the same $id twice');
  });

  it('keeps its list and its lines short for huge input', () => {
    const found = compileValidator({ type: 'array', items: { type: 'integer' } })(
      Array.from({ length: 5000 }, () => 'x'.repeat(1000)),
    );
    assert.equal(found.length, 100);
    assert.ok(found.every(({ message }) => message.length < 150));
  });
});
