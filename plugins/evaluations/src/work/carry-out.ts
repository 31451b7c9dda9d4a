import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import {
  evaluationErrors as errors,
  type AgentRuntime,
  type Embedder,
  type LanguageModel,
  type Scorer,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { EvaluationsConfig } from '../config.ts';
import { failureOf } from '../failure.ts';
import { isPassed, summarize } from '../figures/summarize.ts';
import {
  endEvaluation,
  giveBack,
  readEvaluation,
  takeLease,
  type Ending,
  type KeptEvaluation,
} from '../store/evaluation-rows.ts';
import { keepRun, keepVerdict, listResults, type KeptResult } from '../store/result-rows.ts';
import { prepareScorers } from '../suite/scorers.ts';
import { endWaiting, runCase, type CaseParts } from './run-case.ts';

/** What carrying out needs. */
export interface CarryOutParts {
  readonly config: EvaluationsConfig;
  readonly log: Logger;
  readonly useTenant: UseTenant;
  readonly runtime: AgentRuntime;
  readonly scorers: ReadonlyMap<string, Scorer>;
  readonly models: readonly LanguageModel[];
  readonly embedders: readonly Embedder[];
}

/** An evaluation of a tenant. */
export interface EvaluationAddress {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Carries an evaluation out as far as it is not done yet, unless somebody else does. Runs were kept, or are found by
 * their keys, so that what began before is gone on with and nothing is run twice. Resolves when it has ended, when
 * `signal` aborts, or when somebody else has it: `over`; `later`, when it can be tried again.
 */
export async function carryOut(
  { tenant, id }: EvaluationAddress,
  owner: string,
  signal: AbortSignal,
  parts: CarryOutParts,
): Promise<'over' | 'later'> {
  const { config, log, useTenant } = parts;
  const take = (): Promise<boolean> =>
    useTenant(tenant, (database) => takeLease(database, id, owner, config.leaseMs));
  if (!(await take())) return 'over';
  const lost = new AbortController();
  const stop = AbortSignal.any([signal, lost.signal]);
  const renew = setInterval(() => {
    take().then(
      (isMine) => !isMine && lost.abort(),
      (error: unknown) => log.warn('the lease of an evaluation was not renewed', { evaluation: id, error }),
    );
  }, config.leaseMs / 3).unref();
  try {
    const ending = await workOn({ tenant, id }, stop, parts);
    if (ending) await useTenant(tenant, (database) => endEvaluation(database, id, ending));
    return 'over';
  } catch (error) {
    if (!stop.aborted && !(isAgentFactoryError(error) && error.retryable)) {
      await fail({ tenant, id }, error, parts);
      return 'over';
    }
    if (stop.aborted) return 'over';
    log.warn('an evaluation is gone on with later', { evaluation: id, error });
    return 'later';
  } finally {
    clearInterval(renew);
    // Others need not wait for the end of a lease that nobody uses.
    await useTenant(tenant, (database) => giveBack(database, id, owner)).catch(() => {});
  }
}

/** How it ended; `undefined` when somebody ended it meanwhile. */
async function workOn(
  { tenant, id }: EvaluationAddress,
  signal: AbortSignal,
  parts: CarryOutParts,
): Promise<Ending | undefined> {
  const { config, useTenant, runtime, models, embedders } = parts;
  const kept = await useTenant(tenant, (database) => readEvaluation(database, id));
  if (!kept) return undefined;
  const runs = runtime.tenant(tenant);
  const isRunning = async (): Promise<boolean> =>
    (await useTenant(tenant, (database) => readEvaluation(database, id)))?.evaluation.state === 'running';
  const of: CaseParts = {
    tenant,
    evaluationId: id,
    suite: kept.suite,
    scorers: await prepareScorers(kept.suite, parts.scorers),
    runs,
    models,
    embedders,
    signal,
    timeoutMs: config.caseTimeoutMs,
    async started(position, runId) {
      await useTenant(tenant, (database) => keepRun(database, id, position, runId));
      return isRunning();
    },
  };
  const results = await useTenant(tenant, (database) => listResults(database, id));
  // Whoever judged them may not have come to it.
  for (const { outcome, runId } of results)
    if (outcome === 'waiting' && runId !== undefined) await endWaiting(runs, runId);
  const left = results.filter(({ outcome }) => outcome === undefined);
  await inParallel(left, kept.evaluation.concurrency, async (result) => {
    signal.throwIfAborted();
    if (!(await isRunning())) return;
    await judge(result, of, parts);
  });
  signal.throwIfAborted();
  return (await isRunning()) ? endingOf({ tenant, id }, kept, 'finished', parts) : undefined;
}

async function judge(result: KeptResult, of: CaseParts, { useTenant }: CarryOutParts): Promise<void> {
  const judged = await runCase(result, of);
  if (!judged) return;
  const { verdict, runId } = judged;
  const { tenant, evaluationId } = of;
  await useTenant(tenant, (database) => keepVerdict(database, evaluationId, result.position, verdict));
  if (verdict.outcome === 'waiting' && runId !== undefined) await endWaiting(of.runs, runId);
}

/** How an evaluation ends with what is judged now. */
export async function endingOf(
  { tenant, id }: EvaluationAddress,
  { suite }: KeptEvaluation,
  state: Ending['state'],
  { useTenant }: Pick<CarryOutParts, 'useTenant'>,
): Promise<Ending> {
  const summary = summarize(suite, await useTenant(tenant, (database) => listResults(database, id)));
  return { state, summary, ...(state === 'finished' && { passed: isPassed(summary) }) };
}

async function fail(address: EvaluationAddress, error: unknown, parts: CarryOutParts): Promise<void> {
  const { tenant, id } = address;
  const { useTenant, log } = parts;
  log.warn('an evaluation could not go on', { evaluation: id, tenant, error });
  try {
    const kept = await useTenant(tenant, (database) => readEvaluation(database, id));
    if (!kept) return;
    const failure = failureOf(error, (reason) => errors.AF_EVALUATION_FAILED({ reason }));
    const ending = await endingOf(address, kept, 'failed', parts);
    await useTenant(tenant, (database) => endEvaluation(database, id, { ...ending, error: failure }));
  } catch (cause) {
    log.error('the end of an evaluation could not be written', { evaluation: id, tenant, error: cause });
  }
}

/** Does work on each item, at most `most` at a time; the first failure is thrown once those at work have ended. */
async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  if (failed) throw failed.error;
}
