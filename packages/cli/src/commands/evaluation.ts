import { isAgentFactoryError } from '@agent-factory/sdk';
import { Evaluations, type EvaluationDetails, type TenantEvaluations } from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, remark, startProgress, table } from '../terminal.ts';
import { readDefinition } from '../read-definition.ts';
import { comparisonLines, evaluationLines, verdictOf } from './evaluation-lines.ts';

/** Options of the commands about one tenant's evaluations. */
export interface EvaluationOptions extends CommonOptions {
  readonly tenant: string;
  /** Print JSON. */
  readonly json?: boolean;
}

/** Options of `agent-factory evaluation list`. */
export interface EvaluationListOptions extends EvaluationOptions {
  readonly limit?: string;
}

/** Options of `agent-factory evaluation run`. */
export interface EvaluateOptions extends EvaluationOptions {
  readonly case?: readonly string[];
  readonly repeat?: string;
  readonly concurrency?: string;
  /** Id of an evaluation, or `previous`. */
  readonly against?: string;
}

const interruptedStatus = 130;
/** Milliseconds between looks at how far it is. */
const lookMs = 500;

/** `agent-factory evaluation suites`: those that can be evaluated. */
export async function listSuites(options: EvaluationOptions): Promise<void> {
  const suites = await withEvaluations(options, (evaluations) => evaluations.suites());
  if (options.json) return print(JSON.stringify(suites, null, 2));
  if (suites.length === 0)
    return print('There are no suites. Put one, or install a blueprint that brings some.');
  const rows = suites.map(({ suite, blueprint }) => [
    suite.name,
    suite.version,
    `${suite.target.kind} ${suite.target.name}`,
    String(suite.cases.length),
    blueprint ?? '-',
    suite.description ?? '',
  ]);
  for (const line of table([['SUITE', 'VERSION', 'TARGET', 'CASES', 'BLUEPRINT', 'ABOUT'], ...rows]))
    print(line);
}

/** `agent-factory evaluation put <file>`: keeps a suite. */
export async function putSuite(file: string, options: EvaluationOptions): Promise<void> {
  const given = await readDefinition(file);
  const kept = await withEvaluations(options, (evaluations) => evaluations.putSuite(given));
  if (options.json) return print(JSON.stringify(kept, null, 2));
  print(
    `${paint('green', 'Kept')} ${kept.suite.name} ${kept.suite.version}, ${kept.suite.cases.length} cases.`,
  );
}

/** `agent-factory evaluation remove <suite>`: forgets a suite. */
export async function removeSuite(name: string, options: EvaluationOptions): Promise<void> {
  await withEvaluations(options, (evaluations) => evaluations.removeSuite(name));
  if (options.json) return print(JSON.stringify({ removed: true }));
  print(`${paint('green', 'Removed')} ${name}. Its evaluations stay.`);
}

/** `agent-factory evaluation list [suite]`: the newest evaluations. */
export async function listEvaluations(
  suite: string | undefined,
  { limit, ...options }: EvaluationListOptions,
): Promise<void> {
  const { evaluations: all } = await withEvaluations(options, (evaluations) =>
    evaluations.list({
      ...(suite !== undefined && { suite }),
      ...(limit !== undefined && { limit: Number(limit) }),
    }),
  );
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0) return print('There are no evaluations yet.');
  const rows = all.map((one) => [
    one.id,
    one.suite,
    new Date(one.createdAt).toISOString(),
    String(one.runs),
    (one.summary?.scorers ?? []).map(({ scorer, mean }) => `${scorer} ${mean?.toFixed(2) ?? '-'}`).join(', '),
    verdictOf(one),
  ]);
  for (const line of table([['EVALUATION', 'SUITE', 'BEGAN', 'RUNS', 'MEANS', ''], ...rows])) print(line);
}

/** `agent-factory evaluation run <suite>`: evaluates it in this process; whether it passed. */
export async function evaluate(suite: string, options: EvaluateOptions): Promise<boolean> {
  const { case: cases, repeat, concurrency, against } = options;
  return withEvaluations(options, async (evaluations) => {
    const before = against === 'previous' ? await previousOf(suite, evaluations) : against;
    if (before !== undefined) await evaluations.get(before);
    const { id } = await evaluations.start({
      suite,
      ...(cases && { cases }),
      ...(repeat !== undefined && { repetitions: Number(repeat) }),
      ...(concurrency !== undefined && { concurrency: Number(concurrency) }),
      by: 'command line',
    });
    const details = await followed(id, evaluations);
    const comparison = before === undefined ? undefined : await evaluations.compare(before, id);
    if (options.json) print(JSON.stringify(comparison ? { ...details, comparison } : details, null, 2));
    else {
      for (const line of evaluationLines(details)) print(line);
      if (against === 'previous' && !comparison) remark('There is no evaluation before to compare with.');
      if (comparison) for (const line of ['', ...comparisonLines(comparison)]) print(line);
    }
    return details.passed === true;
  });
}

/** `agent-factory evaluation show <id>`: an evaluation with its runs. */
export async function showEvaluation(id: string, options: EvaluationOptions): Promise<void> {
  const details = await withEvaluations(options, (evaluations) => evaluations.get(id));
  if (options.json) return print(JSON.stringify(details, null, 2));
  for (const line of evaluationLines(details)) print(line);
}

/** `agent-factory evaluation compare <before> <after>`: what became better and worse. */
export async function compareEvaluations(
  before: string,
  after: string,
  options: EvaluationOptions,
): Promise<void> {
  const comparison = await withEvaluations(options, (evaluations) => evaluations.compare(before, after));
  if (options.json) return print(JSON.stringify(comparison, null, 2));
  for (const line of comparisonLines(comparison)) print(line);
}

/** `agent-factory evaluation cancel <id>`: ends it. */
export async function cancelEvaluation(id: string, options: EvaluationOptions): Promise<void> {
  const evaluation = await withEvaluations(options, (evaluations) => evaluations.cancel(id));
  if (options.json) return print(JSON.stringify(evaluation, null, 2));
  print(`${evaluation.id} is ${evaluation.state}.`);
}

/** The evaluation once it has ended; an interrupt cancels it. */
async function followed(id: string, evaluations: TenantEvaluations): Promise<EvaluationDetails> {
  const progress = startProgress();
  const interrupt = (): void => {
    process.exitCode = interruptedStatus;
    progress.say('cancelling');
    // A failure shows in how it ends.
    evaluations.cancel(id).catch(() => {});
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    for (;;) {
      const details = await evaluations.wait(id, { signal: AbortSignal.timeout(lookMs) });
      if (details.state !== 'running') return details;
      progress.say(`${details.summary.done} of ${details.runs} runs judged`);
    }
  } finally {
    progress.done();
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

async function previousOf(suite: string, evaluations: TenantEvaluations): Promise<string | undefined> {
  const { evaluations: all } = await evaluations.list({ suite, limit: 200 });
  return all.find(({ state }) => state === 'finished')?.id;
}

/** Boots the platform for the question; what is started here is carried out here. */
function withEvaluations<T>(
  options: EvaluationOptions,
  job: (evaluations: TenantEvaluations) => Promise<T>,
): Promise<T> {
  return withPlatform(options, async (kernel) => {
    try {
      return await job(kernel.use(Evaluations).tenant(options.tenant));
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      const plugin = '@agent-factory/plugin-evaluations';
      throw errors.AF_CLI_NO_STORAGE({ contract: Evaluations.id, plugin }, { cause: error });
    }
  });
}
