import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';
import { findPii, piiKinds, type PiiKind } from '../src/pii/find-pii.ts';

/** Of each kind: texts that are such, from public examples and test numbers, and texts that only look like it. */
const samples: Readonly<Record<PiiKind, { yes: readonly string[]; no: readonly string[] }>> = {
  email: {
    yes: ['ann@example.com', 'first.last+tag@sub.example.co.uk', "o'brien@example.org", 'ünal@example.com'],
    no: [
      'ann@example',
      '@example.com',
      'a..b@example.com',
      'user@-example.com',
      'npm i @scope/name',
      'a@b.c',
      '1@2.3',
    ],
  },
  phone: {
    yes: ['+49 30 901820', '+1 (212) 555-0123', '+44 20 7946 0018', '0033 1 23 45 67 89', '+353861234567'],
    no: [
      '+1234',
      '1234567890',
      '+0 123 456 789',
      '+999 123 456 789',
      '00 00 00 00 00',
      '12+34567890123',
      '+210 123',
    ],
  },
  'credit-card': {
    yes: [
      '4111 1111 1111 1111',
      '5555-5555-5555-4444',
      '378282246310005',
      '6011111111111117',
      '3566002020360505',
    ],
    no: [
      '4111 1111 1111 1112',
      '0000 0000 0000 0000',
      '1234567890123456',
      '41111111111111111111111111',
      '4111.1111',
    ],
  },
  iban: {
    yes: [
      'DE89370400440532013000',
      'GB82 WEST 1234 5698 7654 32',
      'fr14 2004 1010 0505 0001 3M02 606',
      'NO9386011117947',
    ],
    no: [
      'DE89370400440532013001',
      'ZZ89370400440532013000',
      'DE8937040044053201300',
      'DE89370400440532013000X',
    ],
  },
  ip: {
    yes: ['192.168.0.1', '255.255.255.255', '2001:db8::1', 'fe80::1ff:fe23:4567:890a', '::ffff:192.0.2.1'],
    no: ['256.1.1.1', '1.2.3', '1.2.3.4.5', '12:30:45', 'a::b::c', 'std::vector', 'v1.2.3.4'],
  },
  'us-ssn': {
    yes: ['123-45-6789', '536 90 4399'],
    no: [
      '000-12-3456',
      '666-12-3456',
      '912-12-3456',
      '123-00-6789',
      '123-45-0000',
      '078-05-1120',
      '123456789',
      '123-45 6789',
    ],
  },
  'br-cpf': {
    yes: ['529.982.247-25', '52998224725'],
    no: ['529.982.247-26', '111.111.111-11', '529.982.24725'],
  },
  'ca-sin': { yes: ['130 692 544', '130692544'], no: ['130 692 545', '046 454 286', '130-692 544'] },
  'de-steuer-id': {
    yes: ['86095742719', '86 095 742 719'],
    no: ['86095742718', '01234567890', '11111111111'],
  },
  'es-dni': { yes: ['12345678Z', 'X1234567L', '12345678-z'], no: ['12345678A', 'X1234567A', '1234567Z'] },
  'fr-nir': { yes: ['1 84 12 76 451 089 46', '184127645108946'], no: ['184127645108947', '184137645108946'] },
  'in-aadhaar': { yes: ['2341 2341 2346', '234123412346'], no: ['2341 2341 2347', '1341 2341 2346'] },
  'it-codice-fiscale': {
    yes: ['RSSMRA85T10A562S', 'rssmra85t10a562s'],
    no: ['RSSMRA85T10A562T', 'RSSMRA85X10A562S'],
  },
  'nl-bsn': { yes: ['111222333', '1112.22.333'], no: ['111222334', '999999999', '11122233'] },
  'pl-pesel': { yes: ['44051401359'], no: ['44051401358', '44131401359', '12345678901'] },
  'se-personnummer': {
    yes: ['811218-9876', '19811218-9876'],
    no: ['811218-9877', '811318-9876', '8112189876'],
  },
  'uk-nhs': { yes: ['943 476 5919', '943-476-5919'], no: ['943 476 5918', '9434765919', '943-476 5919'] },
  'uk-nino': {
    yes: ['AB123456C', 'AB 12 34 56 C'],
    no: ['DB123456C', 'BG123456C', 'AB123456E', 'AO123456C'],
  },
};

const found = (text: string, kind: PiiKind): readonly string[] =>
  findPii(text, [kind]).map(({ start, end }) => text.slice(start, end));

describe('findPii', () => {
  it('has samples of every kind', () => {
    assert.deepEqual([...piiKinds].sort(), Object.keys(samples).sort());
  });

  for (const [kind, { yes, no }] of Object.entries(samples)) {
    it(`knows ${kind} by more than its shape`, () => {
      for (const text of yes) {
        assert.deepEqual(found(text, kind as PiiKind), [text], text);
        assert.deepEqual(
          found(`It is (${text}), I think.`, kind as PiiKind),
          [text],
          `${text} in a sentence`,
        );
      }
      for (const text of no) assert.deepEqual(found(text, kind as PiiKind), [], text);
    });
  }

  it('finds a card number beside other digits', () => {
    assert.deepEqual(found('2 4111 1111 1111 1111 12 28', 'credit-card'), ['4111 1111 1111 1111']);
  });

  const hostile: readonly (readonly [piece: string, before?: string, after?: string])[] = [
    ['1 '],
    ['1'],
    ['a@'],
    ['a.', '', '@'],
    [':'],
    ['+1 '],
    ['DE89 '],
    ['1.'],
    ['a-', '@'],
    ['A1'],
  ];
  for (const [piece, before = '', after = ''] of hostile)
    it(`takes time in proportion to the text: ${before}${piece}${piece}…${after}`, () =>
      takesLinearTime(
        (size) => findPii(before + piece.repeat(size / piece.length) + after, piiKinds),
        16_000,
      ));
});
