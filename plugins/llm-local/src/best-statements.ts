import { splitStatements, type Statement } from './split-statements.ts';
import { asksForNumber, bonus, isData, pairsOf } from './statement-bonus.ts';
import { contentWords, weightOf, wordsOf } from './words.ts';

/** A passage as search tools give it. */
export interface Passage {
  readonly text: string;
  readonly source: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly heading?: string;
}

/** A statement worth quoting. */
export interface QuotedStatement extends Statement {
  readonly passage: Passage;
  /** Which passage, counted from the best. */
  readonly rank: number;
  /** Place within its passage. */
  readonly index: number;
  readonly score: number;
}

/** Less of the question than this, and a statement is beside the point. */
const relevant = 0.4;
/** Beginnings that only make sense with what stands before. */
const leansBack = /^(?:because|therefore|so|otherwise|it|they|this|these)\b/i;
const mostQuoted = 4;
const mostCharacters = 900;

/** The one to four statements that say most about a question, in reading order; none if nothing is about it. */
export function bestStatements(question: string, passages: readonly Passage[]): QuotedStatement[] {
  const scored = scoreAll(question, passages);
  const best = scored[0];
  if (!best || best.score < relevant) return [];
  const most = asksForNumber(question) ? 2 : mostQuoted;
  const chosen: QuotedStatement[] = [];
  let length = 0;
  for (const statement of scored) {
    if (chosen.length === most || statement.score < Math.max(relevant, best.score * 0.75)) break;
    if (chosen.some((other) => alike(other.text, statement.text))) continue;
    if (chosen.length > 0 && length + statement.text.length > mostCharacters) continue;
    chosen.push(statement);
    length += statement.text.length;
  }
  const order = new Map<number, number>();
  for (const { rank } of chosen) if (!order.has(rank)) order.set(rank, order.size);
  return chosen.sort((a, b) => (order.get(a.rank) ?? 0) - (order.get(b.rank) ?? 0) || a.index - b.index);
}

function scoreAll(question: string, passages: readonly Passage[]): QuotedStatement[] {
  const units = passages.flatMap((passage, rank) => {
    const statements = splitStatements(passage.text);
    const heading = stemsOf(passage.heading ?? '');
    const own = statements.map((statement) => stemsOf(statement.text));
    return statements.map((statement, index) => ({
      ...statement,
      passage,
      rank,
      index,
      heading,
      own: own[index],
      before: [own[index - 1], leansBack.test(statement.text) ? own[index - 2] : undefined],
      leans: leansBack.test(statement.text),
    }));
  });
  const wanted = new Map(contentWords(question).map((word) => [word.stem, weightOf(word)]));
  // A word that every statement has tells nothing; one that none has tells that this is about something else.
  let total = 0;
  for (const [word, weight] of wanted) {
    const having = units.filter((unit) => unit.own?.has(word)).length;
    const rarity = having === 0 ? 1 : 0.55 + 0.45 * (1 - having / units.length);
    wanted.set(word, weight * rarity);
    total += weight * rarity;
  }
  if (total === 0) return [];
  const pairs = pairsOf(question);
  return units
    .map(({ heading, own, before, leans, ...unit }) => {
      const under = [...heading].some((word) => wanted.has(word));
      // The section is about nothing but what is asked.
      const about = under && isAbout(unit.passage.heading ?? '', wanted);
      let sum = 0;
      for (const [word, weight] of wanted) {
        if (own?.has(word)) sum += weight;
        else if (heading.has(word)) sum += weight * (about ? 0.9 : 0.65);
        else if (before.some((stems) => stems?.has(word))) sum += weight * (leans ? 0.65 : 0.35);
      }
      const share = sum / total;
      const mine = [...wanted.keys()].some((word) => own?.has(word));
      // A statement that shares no word itself may still be meant when it stands under the right heading.
      const factor = mine || about ? 1 : under ? 0.8 : 0.4;
      const score = share * factor + (share > relevant ? bonus(question, unit, pairs) : 0);
      return { ...unit, score: isData(unit.text) ? score * 0.6 : score };
    })
    .sort((a, b) => b.score - a.score || a.rank - b.rank || a.index - b.index);
}

/** Whether the innermost heading has no content word but the question's. */
function isAbout(heading: string, wanted: ReadonlyMap<string, number>): boolean {
  const words = contentWords(heading.split(' > ').at(-1) ?? '');
  return words.length > 0 && words.every((word) => wanted.has(word.stem));
}

function stemsOf(text: string): ReadonlySet<string> {
  return new Set(wordsOf(text).map((word) => word.stem));
}

function alike(a: string, b: string): boolean {
  const [left, right] = [stemsOf(a), stemsOf(b)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared / Math.max(1, Math.min(left.size, right.size)) > 0.75;
}
