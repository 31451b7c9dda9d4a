import type { Found } from './found-value.ts';
import { contentWords } from './words.ts';

const functions = 'sqrt|abs|round|floor|ceil|min|max|ln|log10|log|exp|sin|cos|tan';
const token = new RegExp(
  `\\s*(?:(?<number>\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|\\.\\d+|\\bpi\\b)|(?<func>\\b(?:${functions})\\b)|(?<percentOf>%\\s*of\\b)|(?<op>[-+*/^%])|(?<open>\\()|(?<close>\\))|(?<comma>,))`,
  'iy',
);

/** Words for signs, replaced by as many characters so that places stay right. */
const spoken: readonly (readonly [RegExp, string])[] = [
  [/\bplus\b/gi, '+'],
  [/\bminus\b|−|–/gi, '-'],
  [/\b(?:times|multiplied by)\b|×|·|(?<=\d\s*)x(?=\s*\d)/gi, '*'],
  [/\bdivided by\b|÷/gi, '/'],
  [/\b(?:to the power of|raised to)\b|\*\*/gi, '^'],
  [/\bper ?cent of\b/gi, '% of'],
  [/\bsquared\b/gi, '^2'],
  [/\bcubed\b/gi, '^3'],
];

/** The longest arithmetic expression in a message: "12 * (3 + 4)", "15% of 80", "3 plus 4". */
export function findExpression(message: string): Found | undefined {
  let text = message.replace(/\b(?:the )?square root of\s+(\d+(?:\.\d+)?)/gi, (whole, value: string) =>
    `sqrt(${value})`.padEnd(whole.length),
  );
  for (const [word, sign] of spoken) text = text.replace(word, (whole) => sign.padEnd(whole.length));
  let best: Found | undefined;
  for (const start of text.matchAll(
    /(?<![\w./:@#-])(?:\(|-?[\d.]|\b(?:sqrt|abs|round|floor|ceil|min|max|ln|log10|log|exp|sin|cos|tan)\b|\bpi\b)/gi,
  )) {
    if (best && start.index < best.end) continue;
    const end = scan(text, start.index);
    if (
      end === undefined ||
      isNoSum(text.slice(start.index, end), message) ||
      /^(?:\w|\.\d)/.test(text.slice(end))
    )
      continue;
    if (!best || end - start.index > best.end - best.start) {
      const value = text.slice(start.index, end).replace(/\s+/g, ' ').trim();
      best = { value, start: start.index, end };
    }
  }
  return best;
}

/** Where the expression that begins at `start` ends; `undefined` when there is nothing to calculate. */
function scan(text: string, start: number): number | undefined {
  let [at, depth, counts, needsValue] = [start, 0, 0, true];
  let end: number | undefined;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match?.groups) return end;
    const { number, func, percentOf, op, open, close, comma } = match.groups;
    if (needsValue) {
      if (number) needsValue = false;
      else if (func) {
        if (text[token.lastIndex] !== '(') return end;
        counts += 1;
      } else if (open) depth += 1;
      else if (op !== '-' && op !== '+') return end;
    } else if (op === '%') counts += 1;
    else if (op || percentOf) {
      needsValue = true;
      counts += 1;
    } else if (close && depth > 0) depth -= 1;
    else if (comma && depth > 0) needsValue = true;
    else return end;
    at = token.lastIndex;
    if (!needsValue && depth === 0 && counts > 0) end = at;
  }
}

/** Dates, fractions such as 24/7 and ranges in a longer message look like sums. */
function isNoSum(text: string, message: string): boolean {
  if (/^\d{4}-\d{1,2}-\d{1,2}$/.test(text) || /^\d{1,2}\/\d{1,2}\/\d{2,4}$/.test(text)) return true;
  return text === '24/7' || (/^\d+-\d+$/.test(text) && contentWords(message).length > 3);
}
