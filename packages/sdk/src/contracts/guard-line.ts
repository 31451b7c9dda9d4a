import type { GuardrailStage, GuardrailUse, GuardrailVerdict } from '../domain/guardrail.ts';
import { guardrailStages } from '../domain/guardrail.ts';
import type { Json } from '../json.ts';
import type { ConditionServices } from './condition-evaluator.ts';
import { guardrailErrors } from './guardrail-errors.ts';
import type { Guardrail, GuardrailSubject, PreparedGuardrail } from './guardrail.ts';

/** A guardrail that objected, and what it said. */
export interface GuardrailTrip {
  /** Name of the guardrail. */
  readonly guardrail: string;
  readonly verdict: Exclude<GuardrailVerdict, { readonly verdict: 'pass' }>;
}

/** What all guardrails of one stage said together. */
export interface GuardLineOutcome {
  /** `pass` also after redactions: then `value` is what may go on. */
  readonly verdict: 'pass' | 'block' | 'ask';
  /** The value, as redacted so far. */
  readonly value: Json;
  /** Who objected, in order; the last one is the reason of `block` or `ask`. */
  readonly trips: readonly GuardrailTrip[];
}

/** An agent's guardrails, in the order it names them, ready to check. */
export interface GuardLine {
  /** Whether anything looks at this stage (and tool); where nothing does, `check` need not be called. */
  watches(stage: GuardrailStage, tool?: string): boolean;
  /**
   * Asks each guardrail of the stage in turn; the next one sees what the one before left. The first that blocks or
   * asks ends it. Answers at once where they do. Fails with AF_GUARDRAIL_FAILED when a guardrail throws.
   */
  check(
    subject: GuardrailSubject,
    services?: ConditionServices,
  ): GuardLineOutcome | Promise<GuardLineOutcome>;
}

interface Post {
  readonly name: string;
  readonly prepared: PreparedGuardrail;
  readonly stages: ReadonlySet<GuardrailStage>;
  readonly tools: ReadonlySet<string> | undefined;
}

/**
 * Makes an agent's guardrails ready. Fails with AF_GUARDRAIL_UNKNOWN or AF_GUARDRAIL_SETTINGS_INVALID, so that a
 * wrong definition is refused before anything runs.
 *
 * @param uses what the agent names
 * @param known the guardrails that plugins contribute
 */
export async function createGuardLine(
  uses: readonly GuardrailUse[],
  known: readonly Guardrail[],
): Promise<GuardLine> {
  const posts: Post[] = [];
  for (const use of uses) posts.push(await prepare(use, known));
  const watched = new Map(
    guardrailStages.map((stage) => [stage, posts.filter((post) => post.stages.has(stage))]),
  );
  const at = (stage: GuardrailStage, tool: string | undefined): readonly Post[] => {
    const all = watched.get(stage) ?? [];
    return all.filter(({ tools }) => tool === undefined || tools === undefined || tools.has(tool));
  };
  return {
    watches: (stage, tool) => at(stage, tool).length > 0,
    check: (subject, services) =>
      askFrom(
        at(subject.stage, subject.tool),
        0,
        subject,
        { verdict: 'pass', value: subject.value, trips: [] },
        services,
      ),
  };
}

async function prepare(
  { use, stages, tools, settings = {} }: GuardrailUse,
  known: readonly Guardrail[],
): Promise<Post> {
  const guardrail = known.find(({ name }) => name === use);
  if (guardrail === undefined) {
    const names = known.map(({ name }) => name).sort();
    throw guardrailErrors.AF_GUARDRAIL_UNKNOWN({ name: use, known: names.join(', ') || 'none' });
  }
  const blind = stages?.find((stage) => !guardrail.stages.includes(stage));
  if (blind !== undefined) {
    throw guardrailErrors.AF_GUARDRAIL_SETTINGS_INVALID({
      name: use,
      at: '',
      path: '',
      problem: `it does not look at the stage "${blind}"`,
      mend: `Name some of its stages: ${guardrail.stages.join(', ')}.`,
    });
  }
  return {
    name: use,
    prepared: await guardrail.prepare(settings),
    stages: new Set(stages ?? guardrail.stages),
    tools: tools && new Set(tools),
  };
}

function askFrom(
  posts: readonly Post[],
  from: number,
  subject: GuardrailSubject,
  before: GuardLineOutcome,
  services: ConditionServices | undefined,
): GuardLineOutcome | Promise<GuardLineOutcome> {
  let outcome = before;
  for (let at = from; at < posts.length; at++) {
    const post = posts[at];
    if (post === undefined) break;
    const seen = outcome.value === subject.value ? subject : { ...subject, value: outcome.value };
    const verdict = ask(post, seen, services);
    if (verdict instanceof Promise) {
      return verdict.then(
        (later) => {
          const next = add(outcome, post.name, later);
          return next.verdict === 'pass' ? askFrom(posts, at + 1, subject, next, services) : next;
        },
        (error: unknown) => {
          throw failed(post.name, subject, error);
        },
      );
    }
    outcome = add(outcome, post.name, verdict);
    if (outcome.verdict !== 'pass') return outcome;
  }
  return outcome;
}

function ask(
  { name, prepared }: Post,
  subject: GuardrailSubject,
  services: ConditionServices | undefined,
): GuardrailVerdict | Promise<GuardrailVerdict> {
  try {
    return prepared.check(subject, services);
  } catch (error) {
    throw failed(name, subject, error);
  }
}

function add(outcome: GuardLineOutcome, guardrail: string, verdict: GuardrailVerdict): GuardLineOutcome {
  if (verdict.verdict === 'pass') return outcome;
  const trips = [...outcome.trips, { guardrail, verdict }];
  return verdict.verdict === 'redact'
    ? { verdict: 'pass', value: verdict.value, trips }
    : { verdict: verdict.verdict, value: outcome.value, trips };
}

function failed(name: string, { stage }: GuardrailSubject, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return guardrailErrors.AF_GUARDRAIL_FAILED({ name, stage, reason }, { cause });
}
