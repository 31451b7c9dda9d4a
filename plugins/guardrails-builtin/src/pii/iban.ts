import { mod97 } from './check-digits.ts';

/** Characters of an IBAN by country. */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((each) => [each.slice(0, 2), Number(each.slice(2))]),
);
const start = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ ]?[A-Za-z0-9])/g;

/** Where IBANs stand: a known country, its length, and the check digits. Spaces between groups are allowed. */
export function findIbans(text: string): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const { index } of text.matchAll(start)) {
    const wanted = lengths.get(text.slice(index, index + 2).toUpperCase());
    if (wanted === undefined) continue;
    let [at, plain] = [index, ''];
    while (plain.length < wanted && at < text.length) {
      const character = text[at] ?? '';
      if (/[A-Za-z0-9]/.test(character)) plain += character;
      else if (character !== ' ' || text[at - 1] === ' ') break;
      at += 1;
    }
    const ends = !/[A-Za-z0-9]/.test(text[at] ?? ' ');
    if (plain.length === wanted && ends && mod97(plain.slice(4) + plain.slice(0, 4)) === 1) {
      found.push({ start: index, end: at });
    }
  }
  return found;
}
