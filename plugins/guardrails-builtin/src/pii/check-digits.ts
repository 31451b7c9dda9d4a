/** The digits of a text as numbers. */
export function digitsOf(text: string): readonly number[] {
  return [...text.matchAll(/\d/g)].map(([digit]) => Number(digit));
}

/** Sum of digits times weights; both have the same length, or the sum is not a number. */
export function weighted(digits: readonly number[], weights: readonly number[]): number {
  return digits.reduce((sum, digit, at) => sum + digit * (weights[at] ?? NaN), 0);
}

/** Luhn: payment cards, and several national numbers. */
export function luhn(digits: readonly number[]): boolean {
  const sum = digits.toReversed().reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 7064 mod 97-10 of letters and digits, a letter being 10 to 35: IBAN. */
export function mod97(text: string): number {
  let rest = 0;
  for (const character of text.toUpperCase()) {
    for (const digit of String(parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest;
}

/** ISO 7064 mod 11,10: German tax ids. */
export function mod11and10(digits: readonly number[]): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.at(-1);
}

const times = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const moves = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff: Aadhaar. */
export function verhoeff(digits: readonly number[]): boolean {
  let check = 0;
  for (const [at, digit] of digits.toReversed().entries()) {
    const moved = Number(moves[at % 8]?.[digit]);
    check = Number(times[check]?.[moved]);
  }
  return check === 0;
}

/** Whether there is such a day; of a year of two digits in either century. */
export function isDay(year: number, month: number, day: number): boolean {
  const years = year < 100 ? [1900 + year, 2000 + year] : [year];
  return years.some((each) => {
    const date = new Date(Date.UTC(each, month - 1, day));
    return date.getUTCFullYear() === each && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  });
}
