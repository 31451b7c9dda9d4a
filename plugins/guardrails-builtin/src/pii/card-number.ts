import { digitsOf, luhn } from './check-digits.ts';

/** First digits of each brand and how many digits its numbers have. */
const brands: readonly (readonly [first: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^3(0[0-5]|095|[689])/, [14, 16, 17, 18, 19]],
  [/^(6011|64[4-9]|65)/, [16, 17, 18, 19]],
  [/^35(2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^62/, [16, 17, 18, 19]],
  [/^(50|5[6-9]|6[0-9])/, [12, 13, 14, 15, 16, 17, 18, 19]],
];

/** Whether digits are the number of a payment card: a brand's first digits, its length, and the check digit. */
export function isCardNumber(text: string): boolean {
  const digits = digitsOf(text);
  const plain = digits.join('');
  const isBrand = brands.some(([first, lengths]) => lengths.includes(digits.length) && first.test(plain));
  return isBrand && luhn(digits) && new Set(digits).size > 1;
}
