import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  evaluationErrors as errors,
  type EvaluationDetails,
  type EvaluationRequest,
  type TenantEvaluations,
  type TenantRuntime,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { compare } from './figures/compare.ts';
import { summarize } from './figures/summarize.ts';
import {
  endEvaluation,
  keepEvaluation,
  listEvaluations,
  readEvaluation,
  type KeptEvaluation,
} from './store/evaluation-rows.ts';
import { keepVerdict, listResults } from './store/result-rows.ts';
import { invalidSuite } from './suite/check-suite.ts';
import type { TenantSuites } from './suite/tenant-suites.ts';
import { endingOf } from './work/carry-out.ts';
import type { Workers } from './work/workers.ts';

/** Milliseconds between looks at an evaluation that another process carries out. */
const lookMs = 250;
const mostRuns = 1_000;

/** What the evaluations of a tenant stand on. */
export interface TenantEvaluationsParts {
  readonly tenant: string;
  readonly useTenant: UseTenant;
  readonly runs: TenantRuntime;
  readonly suites: TenantSuites;
  readonly workers: Workers;
}

/** The evaluations of one tenant. */
export function createTenantEvaluations(parts: TenantEvaluationsParts): TenantEvaluations {
  const { tenant, useTenant, runs, suites, workers } = parts;

  const keptOr = async (id: string): Promise<KeptEvaluation> => {
    const kept = await useTenant(tenant, (database) => readEvaluation(database, id));
    if (!kept) throw errors.AF_EVALUATION_UNKNOWN({ id });
    return kept;
  };
  const detailsOf = async ({ evaluation, suite }: KeptEvaluation): Promise<EvaluationDetails> => {
    const kept = await useTenant(tenant, (database) => listResults(database, evaluation.id));
    const results = kept.map(({ position: _position, ...result }) => result);
    return { ...evaluation, summary: evaluation.summary ?? summarize(suite, results), results };
  };
  const ended = async (id: string): Promise<EvaluationDetails> => {
    const details = await detailsOf(await keptOr(id));
    if (details.state === 'running') throw errors.AF_EVALUATION_RUNNING({ id });
    return details;
  };

  return {
    suites: () => suites.list(),
    async suite(name) {
      const kept = await suites.get(name);
      return { ...kept, problems: await suites.problems(kept.suite) };
    },
    putSuite: (suite, condition) => suites.put(suite, condition),
    removeSuite: (name, condition) => suites.remove(name, condition),
    async start(request) {
      const { suite: whole } = await suites.get(request.suite);
      const { suite, repetitions, concurrency } = chosen(whole, request);
      const problems = await suites.problems(whole);
      if (problems.length > 0) throw invalidSuite(whole.name, problems);
      const { kind, name } = suite.target;
      const { hash: targetHash } = await runs.definitions.get(kind, name);
      const id = newId();
      const total = suite.cases.length * repetitions;
      const { by } = request;
      const made = { id, suite, targetHash, runs: total, repetitions, concurrency };
      await useTenant(tenant, (database) =>
        keepEvaluation(database, { ...made, ...(by !== undefined && { by }) }),
      );
      const { evaluation } = await keptOr(id);
      await workers.call({ tenant, id });
      return evaluation;
    },
    get: async (id) => detailsOf(await keptOr(id)),
    list: (query = {}) => useTenant(tenant, (database) => listEvaluations(database, query)),
    async wait(id, { signal } = {}) {
      for (;;) {
        const kept = await keptOr(id);
        if (kept.evaluation.state !== 'running' || signal?.aborted) return detailsOf(kept);
        const pause = delay(lookMs, undefined, signal && { signal }).catch(() => {}); // then it is as it stands
        await Promise.race([workers.done({ tenant, id }) ?? pause, pause]);
      }
    },
    async cancel(id) {
      const kept = await keptOr(id);
      if (kept.evaluation.state !== 'running') return kept.evaluation;
      // First nothing new begins; what began is told in its row, or cancelled by whoever began it.
      const ending = await endingOf({ tenant, id }, kept, 'cancelled', parts);
      const isFirst = await useTenant(tenant, (database) => endEvaluation(database, id, ending));
      if (isFirst) {
        workers.stop({ tenant, id });
        await cancelRuns(id, parts);
      }
      return (await keptOr(id)).evaluation;
    },
    async compare(before, after) {
      const [was, is] = [await ended(before), await ended(after)];
      if (was.suite !== is.suite) throw errors.AF_EVALUATIONS_DIFFER({ one: was.suite, other: is.suite });
      return compare(was, is);
    },
  };
}

async function cancelRuns(id: string, { tenant, useTenant, runs }: TenantEvaluationsParts): Promise<void> {
  for (const { runId, outcome, position } of await useTenant(tenant, (database) =>
    listResults(database, id),
  )) {
    if (outcome !== undefined) continue;
    if (runId !== undefined) await runs.cancel(runId, 'The evaluation was cancelled.');
    await useTenant(tenant, (database) =>
      keepVerdict(database, id, position, { outcome: 'cancelled', scores: [] }),
    );
  }
}

/** The suite with the cases that were asked for, and how they are run. AF_EVALUATION_INVALID. */
function chosen(
  suite: EvaluationSuite,
  { cases: names, repetitions = 1, concurrency = 4 }: EvaluationRequest,
): { readonly suite: EvaluationSuite } & Required<Pick<EvaluationRequest, 'repetitions' | 'concurrency'>> {
  const refuse = (reason: string, mend: string): Error =>
    errors.AF_EVALUATION_INVALID({ suite: suite.name, reason, mend });
  const whole = (value: number, most: number, what: string): void => {
    if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
    throw refuse(`${what} is ${String(value)}`, `Give a whole number from 1 to ${most}.`);
  };
  whole(repetitions, 100, '"repetitions"');
  whole(concurrency, 32, '"concurrency"');
  const unknown = names?.find((name) => !suite.cases.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = suite.cases.map(({ name }) => name).join(', ');
    throw refuse(`it has no case "${unknown}"`, `Its cases are: ${known}.`);
  }
  if (names?.length === 0) throw refuse('no case is named', 'Name some, or leave "cases" out for all.');
  const cases = names ? suite.cases.filter(({ name }) => names.includes(name)) : suite.cases;
  const total = cases.length * repetitions;
  if (total > mostRuns)
    throw refuse(`it would be ${total} runs`, `Choose cases and repetitions of at most ${mostRuns} runs.`);
  return { suite: { ...suite, cases }, repetitions, concurrency };
}

/** A new id; ids sort by the time of creation. */
function newId(): string {
  return `eval_${Date.now().toString(36).padStart(9, '0')}${randomBytes(8).toString('hex')}`;
}
