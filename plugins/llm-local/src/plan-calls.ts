import type { JsonObject } from '@agent-factory/sdk';
import type { ModelTool } from '@agent-factory/sdk/contracts';
import { fillInput, type FilledInput } from './fill-input.ts';
import { isWish, splitQuestions } from './split-questions.ts';
import { profileTools, type ToolProfile } from './tool-profile.ts';
import { contentWords, weightOf } from './words.ts';

/** A call to make. */
interface PlannedCall {
  readonly name: string;
  readonly input: JsonObject;
}

/** What to do about a message. */
export type Plan =
  | { readonly kind: 'call'; readonly calls: readonly PlannedCall[] }
  /** A tool fits, but the message does not say all it needs. */
  | { readonly kind: 'ask'; readonly tool: ModelTool; readonly missing: readonly string[] }
  | { readonly kind: 'none' };

/** How much of a message a tool must explain before it is called… */
const enough = 0.3;
/** …and in place of a search, which fits most questions. */
const enoughOverSearch = 0.6;
/** What a sum or an address in the message is worth to the tool that takes one. */
const tellingBonus = 0.35;

interface Candidate {
  readonly profile: ToolProfile;
  readonly filled: FilledInput;
  /** Share of the message's words that the tool explains, from 0; above 1 with a bonus. */
  readonly score: number;
}

/** Chooses tools for a message by the words they share, and fills their inputs. */
export function planCalls(message: string, before: string, tools: readonly ModelTool[]): Plan {
  const profiles = profileTools(tools);
  const calls = new Map<string, PlannedCall>();
  let ask: Plan | undefined;
  for (const question of splitQuestions(message)) {
    const plan = planOne(question, before, profiles);
    if (plan.kind === 'call') for (const call of plan.calls) calls.set(JSON.stringify(call), call);
    else if (plan.kind === 'ask') ask ??= plan;
  }
  const planned = [...calls.values()];
  // "Fetch <address> and tell me about lions": about lions on that page.
  const pages = planned.filter(({ input }) => !('query' in input) && Object.values(input).some(isAddress));
  if (pages.length > 0) {
    const searches = new Set(profiles.filter(({ isSearch }) => isSearch).map(({ tool }) => tool.name));
    return { kind: 'call', calls: planned.filter(({ name }) => !searches.has(name)) };
  }
  if (planned.length > 0) return { kind: 'call', calls: planned };
  return ask ?? { kind: 'none' };
}

function planOne(question: string, before: string, profiles: readonly ToolProfile[]): Plan {
  const words = contentWords(question);
  if (words.length === 0) return { kind: 'none' };
  const candidates = profiles.map((profile) => candidate(profile, question, before));
  const complete = candidates.filter(({ filled }) => filled.missing.length === 0);
  const best = highest(complete.filter(({ profile }) => !profile.isSearch));
  const search = highest(complete.filter(({ profile }) => profile.isSearch));
  const lacking = highest(candidates.filter(({ filled }) => filled.missing.length > 0));

  const bar = search ? enoughOverSearch : enough;
  // "Roll a die": a wish that names a tool is for that tool, even if something is missing.
  const mustAsk = lacking && lacking.score >= 0.5 && lacking.score > (best?.score ?? 0) + 0.2;
  if (lacking && mustAsk && (isWish(question) || !search)) {
    return { kind: 'ask', tool: lacking.profile.tool, missing: lacking.filled.missing };
  }
  const chosen = best && best.score >= bar ? best : search;
  if (!chosen) return { kind: 'none' };
  return { kind: 'call', calls: [{ name: chosen.profile.tool.name, input: chosen.filled.input }] };
}

function candidate(profile: ToolProfile, question: string, before: string): Candidate {
  const filled = fillInput(profile, question, before);
  let known = 0;
  let all = 0;
  let hits = 0;
  for (const word of contentWords(question)) {
    if (filled.used.some((span) => word.start >= span.start && word.end <= span.end)) continue;
    const weight = weightOf(word);
    const strength = profile.words.get(word.stem) ?? 0;
    all += weight;
    known += weight * strength;
    if (strength > 0) hits += 1;
  }
  all += filled.used.length;
  known += filled.used.length;
  // Filled places alone say little: any tool with a text parameter would do.
  const named =
    hits > 0 || filled.telling || [...profile.name].some((word) => question.toLowerCase().includes(word));
  const score = all === 0 || !named ? 0 : known / all + (filled.telling ? tellingBonus : 0);
  return { profile, filled, score };
}

/** The first of the best, so that the order of the tools decides between equals. */
function highest(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const one of candidates) if (!best || one.score > best.score) best = one;
  return best;
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}
