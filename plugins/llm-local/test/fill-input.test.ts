import assert from 'node:assert/strict';
import type { JsonSchema } from '@agent-factory/sdk';
import { fillInput } from '../src/fill-input.ts';
import { profileTools } from '../src/tool-profile.ts';
import { tool } from './tools.ts';

const filled = (
  properties: JsonSchema,
  message: string,
  required?: readonly string[],
  name = 'do_it',
): object => {
  const [profile] = profileTools([tool(name, 'Does it.', properties, undefined, required)]);
  const { input, missing } = fillInput(profile!, message, '');
  return missing.length > 0 ? { ...input, missing } : input;
};

const string = { type: 'string' };
const integer = { type: 'integer' };

describe('llm-local, filling parameters from a message', () => {
  const cases: [what: string, properties: JsonSchema, message: string, input: object][] = [
    ['a number', { sides: integer }, 'Roll a die with 20 sides', { sides: 20 }],
    ['a number joined to its name', { sides: integer }, 'Roll a 12-sided die', { sides: 12 }],
    [
      'two numbers by their names',
      { sides: integer, count: integer },
      'count 3, sides: 6',
      { sides: 6, count: 3 },
    ],
    [
      'numbers in words and with separators',
      { amount: { type: 'number' }, people: integer },
      'Split 1,234.50 among three people',
      { amount: 1234.5, people: 3 },
    ],
    [
      'no number out of bounds',
      { sides: { type: 'integer', minimum: 2, maximum: 10 } },
      'Roll 99',
      { missing: ['sides'] },
    ],
    [
      'a choice, however it is written',
      { unit: { enum: ['degrees_celsius', 'fahrenheit'] } },
      'in degrees Celsius please',
      { unit: 'degrees_celsius' },
    ],
    [
      'an address',
      { url: string },
      'Read (https://example.com/a?b=c), please.',
      { url: 'https://example.com/a?b=c' },
    ],
    [
      'an address without its scheme',
      { url: string },
      'Open example.com/docs.',
      { url: 'https://example.com/docs' },
    ],
    [
      'an e-mail address',
      { to: { type: 'string', format: 'email' } },
      'Write to ann.b@mail.example.org!',
      { to: 'ann.b@mail.example.org' },
    ],
    ['a date', { date: string }, 'Book 2026-01-31', { date: '2026-01-31' }],
    ['a date in words', { startDate: string }, 'from 3rd of March 2026 on', { startDate: '2026-03-03' }],
    [
      'a date in American words',
      { date: { type: 'string', format: 'date' } },
      'on Jan 5, 2027',
      { date: '2027-01-05' },
    ],
    [
      'quoted texts in their order',
      { title: string, body: string },
      'Note “Green” with "It grew."',
      { title: 'Green', body: 'It grew.' },
    ],
    [
      'a text after its name',
      { title: string },
      'Make a note, title: Green things',
      { title: 'Green things' },
    ],
    ['a place', { city: string }, 'Is it cold in New York today?', { city: 'New York' }],
    ['a code', { orderId: string }, 'Where is order A-1042?', { orderId: 'A-1042' }],
    [
      'a list of numbers',
      { values: { type: 'array', items: { type: 'number' } } },
      'mean of 1, 2 and 3.5',
      { values: [1, 2, 3.5] },
    ],
    [
      'a list of choices',
      { days: { type: 'array', items: { enum: ['mon', 'tue', 'wed'] } } },
      'mon and wed',
      { days: ['mon', 'wed'] },
    ],
    ['a yes', { verbose: { type: 'boolean' } }, 'verbose please', { verbose: true }],
    ['a no', { verbose: { type: 'boolean' } }, 'not verbose', { verbose: false }],
    [
      'nothing that is not said',
      { title: string, note: string },
      'Make a note',
      { missing: ['title', 'note'] },
    ],
    ['a default where nothing is said', { size: { type: 'integer', default: 3 } }, 'Make it', { size: 3 }],
    ['no object from words', { where: { type: 'object' } }, 'there', { missing: ['where'] }],
  ];
  for (const [what, properties, message, input] of cases) {
    it(`finds ${what}: "${message}"`, () => assert.deepEqual(filled(properties, message), input));
  }

  it('gives the rest of the message to the only text a tool needs', () => {
    assert.deepEqual(filled({ text: string }, 'Translate good morning!', undefined, 'translate'), {
      text: 'good morning',
    });
  });

  it('keeps a text to the pattern its schema asks for', () => {
    const properties = { code: { type: 'string', pattern: '^[A-Z]{3}$' } };
    assert.deepEqual(filled(properties, 'Use "abc" or "XYZ"'), { code: 'XYZ' });
  });

  it('leaves options out that are not named', () => {
    assert.deepEqual(filled({ url: string, maxBytes: integer }, 'Read https://example.com/7 in 5', ['url']), {
      url: 'https://example.com/7',
    });
  });
});
