import { digitsOf, isDay, luhn, mod11and10, mod97, verhoeff, weighted } from './check-digits.ts';

/** Names of the national numbers. */
export type NationalIdKind =
  | 'us-ssn'
  | 'ca-sin'
  | 'br-cpf'
  | 'de-steuer-id'
  | 'es-dni'
  | 'fr-nir'
  | 'in-aadhaar'
  | 'it-codice-fiscale'
  | 'nl-bsn'
  | 'pl-pesel'
  | 'se-personnummer'
  | 'uk-nhs'
  | 'uk-nino';

/** A number that a state gives to a person. */
export interface NationalId {
  /** How it is written; never within a longer number or word. */
  readonly pattern: RegExp;
  /** Whether its check digits, dates and rules hold. */
  valid(text: string): boolean;
}

const edges = (source: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${source})(?![\\p{L}\\p{N}])`, 'giu');

/** Kinds of national numbers that can be told from other numbers by rules of their own. */
export const nationalIds: Readonly<Record<NationalIdKind, NationalId>> = {
  'us-ssn': {
    pattern: edges('\\d{3}([- ])\\d{2}\\1\\d{4}'),
    valid: (text) =>
      !/^(000|666|9)|^...[- ]?00|0000$/.test(text) && !/^(078.?05.?1120|219.?09.?9999)$/.test(text),
  },
  'ca-sin': {
    pattern: edges('\\d{3}([- ]?)\\d{3}\\1\\d{3}'),
    valid: (text) => luhn(digitsOf(text)) && !/^[08]/.test(text),
  },
  'br-cpf': {
    pattern: edges('\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}|\\d{11}'),
    valid: (text) => {
      const digits = digitsOf(text);
      const check = (count: number): number => {
        const weights = Array.from({ length: count }, (_, at) => count + 1 - at);
        return ((weighted(digits.slice(0, count), weights) * 10) % 11) % 10;
      };
      return new Set(digits).size > 1 && check(9) === digits[9] && check(10) === digits[10];
    },
  },
  'de-steuer-id': {
    pattern: edges('[1-9]\\d([ ]?)\\d{3}\\1\\d{3}\\1\\d{3}'),
    valid: (text) => {
      const digits = digitsOf(text);
      // Of the first ten digits, exactly one stands there twice or three times.
      const counts = digits
        .slice(0, 10)
        .reduce((map, each) => map.set(each, (map.get(each) ?? 0) + 1), new Map<number, number>());
      const repeated = [...counts.values()].filter((count) => count > 1);
      return repeated.length === 1 && (repeated[0] ?? 0) <= 3 && mod11and10(digits);
    },
  },
  'es-dni': {
    pattern: edges('[XYZ][- ]?\\d{7}[- ]?[A-Z]|\\d{8}[- ]?[A-Z]'),
    valid: (text) => {
      const plain = text.replace(/[- ]/g, '').toUpperCase();
      const number = Number(plain.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
      return plain.at(-1) === 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23];
    },
  },
  'fr-nir': {
    pattern: edges('[12][ ]?\\d{2}[ ]?\\d{2}[ ]?(?:\\d{2}|2[AB])[ ]?\\d{3}[ ]?\\d{3}[ ]?\\d{2}'),
    valid: (text) => {
      const plain = text.replaceAll(' ', '').toUpperCase().replace('2A', '19').replace('2B', '18');
      const month = Number(plain.slice(3, 5));
      const isMonth = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
      return isMonth && 97 - mod97(plain.slice(0, 13)) === Number(plain.slice(13));
    },
  },
  'in-aadhaar': {
    pattern: edges('[2-9]\\d{3}([ -]?)\\d{4}\\1\\d{4}'),
    valid: (text) => verhoeff(digitsOf(text)),
  },
  'it-codice-fiscale': {
    pattern: edges('[A-Z]{6}\\d{2}[ABCDEHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]'),
    valid: (text) => {
      const odd = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
      ];
      const plain = text.toUpperCase();
      const sum = Array.from(plain.slice(0, 15)).reduce((total, character, at) => {
        const place = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
        return total + (at % 2 === 0 ? (odd[place] ?? 0) : place);
      }, 0);
      return plain.at(-1) === String.fromCharCode(65 + (sum % 26));
    },
  },
  'nl-bsn': {
    pattern: edges('\\d{9}|\\d{4}\\.\\d{2}\\.\\d{3}'),
    valid: (text) => {
      const digits = digitsOf(text);
      return new Set(digits).size > 1 && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
    },
  },
  'pl-pesel': {
    pattern: edges('\\d{11}'),
    valid: (text) => {
      const digits = digitsOf(text);
      const [month, day] = [Number(text.slice(2, 4)), Number(text.slice(4, 6))];
      const check = (10 - (weighted(digits.slice(0, 10), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10;
      return isDay(Number(text.slice(0, 2)), month % 20, day) && check === digits[10];
    },
  },
  'se-personnummer': {
    pattern: edges('(?:\\d{2})?\\d{6}[-+]\\d{4}'),
    valid: (text) => {
      const digits = digitsOf(text).slice(-10);
      const [year = 0, month = 0, day = 0] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2).join('')));
      return isDay(year, month, day) && luhn(digits);
    },
  },
  'uk-nhs': {
    pattern: edges('\\d{3}([- ])\\d{3}\\1\\d{4}'),
    valid: (text) => {
      const digits = digitsOf(text);
      const check = 11 - (weighted(digits.slice(0, 9), [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
      return (check === 11 ? 0 : check) === digits[9];
    },
  },
  'uk-nino': {
    pattern: edges('[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?\\d{2}[ ]?\\d{2}[ ]?\\d{2}[ ]?[A-D]'),
    valid: (text) => !/^(BG|GB|KN|NK|NT|TN|ZZ)/i.test(text),
  },
};
