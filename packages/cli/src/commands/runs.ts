import { defaultTenant, type TenantRuntime } from '@agent-factory/sdk/contracts';
import type { Json } from '@agent-factory/sdk';
import type { Run, RunStatus, RunWait } from '@agent-factory/sdk/domain';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands about runs. */
export interface RunsOptions extends CommonOptions {
  /** Print JSON. */
  readonly json?: boolean;
  /** Who says so. */
  readonly by?: string;
  readonly reason?: string;
}

function withRuns<T>(options: CommonOptions, work: (runs: TenantRuntime) => Promise<T>): Promise<T> {
  return withPlatform(options, (kernel) => work(runtimeOf(kernel).tenant(defaultTenant)));
}

/** `agent-factory runs list`: the newest runs. */
export async function listRuns(
  options: RunsOptions & { readonly status?: RunStatus; readonly limit?: string },
): Promise<void> {
  const { status, limit } = options;
  const runs = await withRuns(options, (all) =>
    all.list({ ...(status && { status: [status] }), ...(limit !== undefined && { limit: Number(limit) }) }),
  );
  if (options.json) return print(JSON.stringify(runs, null, 2));
  if (runs.length === 0) return print('There are no such runs.');
  const rows = runs.map(({ id, subject, status: state, createdAt }) => [
    id,
    `${subject.kind} ${subject.name}`,
    state,
    new Date(createdAt).toISOString(),
  ]);
  for (const line of table([['RUN', 'OF', 'STATUS', 'BEGAN'], ...rows])) print(line);
}

/** `agent-factory runs show <id>`: a run as it stands, and what it waits for. */
export async function showRun(id: string, options: RunsOptions): Promise<void> {
  shown(await withRuns(options, (runs) => runs.get(id)), options);
}

/** `agent-factory runs events <id>`: its journal as it stands, or followed until it ends or waits. */
export async function showEvents(
  id: string,
  options: RunsOptions & { readonly follow?: boolean },
): Promise<void> {
  await withRuns(options, async (runs) => {
    const { lastSeq } = await runs.get(id);
    const waits = new AbortController();
    // What fails here fails below too.
    if (options.follow)
      runs
        .wait(id)
        .then(() => waits.abort())
        .catch(() => {});
    for await (const event of runs.events(id, { signal: waits.signal })) {
      print(
        options.json
          ? JSON.stringify(event)
          : `${paint('dim', String(event.seq).padStart(3))} ${event.type} ${paint('dim', JSON.stringify(event.data))}`,
      );
      if (!options.follow && event.seq >= lastSeq) return;
    }
  });
}

/** `agent-factory runs cancel <id>`. */
export async function cancelRun(id: string, options: RunsOptions): Promise<void> {
  const reason = options.reason ?? 'Somebody cancelled it on the command line.';
  shown(await withRuns(options, (runs) => runs.cancel(id, reason)), options);
}

/** `agent-factory runs approve <id>`: answers a question for permission, and shows what came of it. */
export async function approveRun(
  id: string,
  options: RunsOptions & { readonly approval?: string; readonly reject?: boolean; readonly input?: string },
): Promise<void> {
  const { reject, by, reason } = options;
  const input = options.input === undefined ? undefined : parsed('--input', options.input);
  const run = await withRuns(options, async (runs) => {
    const wait = oneOf(await runs.get(id), 'approval', options.approval);
    await runs.approve(id, {
      approvalId: wait,
      outcome: reject ? 'rejected' : 'approved',
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
      ...(input !== undefined && { input: input as { readonly [key: string]: Json } }), // the runtime checks it
    });
    return runs.wait(id);
  });
  shown(run, options);
}

/** `agent-factory runs decide <id>`: says what became of a call whose outcome is not known. */
export async function decideRun(
  id: string,
  options: RunsOptions & {
    readonly call?: string;
    readonly outcome: 'done' | 'repeat' | 'abandon';
    readonly output?: string;
  },
): Promise<void> {
  const { outcome, by, reason } = options;
  const output = options.output === undefined ? undefined : parsed('--output', options.output);
  const run = await withRuns(options, async (runs) => {
    const callId = oneOf(await runs.get(id), 'decision', options.call);
    await runs.decide(id, {
      callId,
      outcome,
      ...(output !== undefined && { output }),
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
    });
    return runs.wait(id);
  });
  shown(run, options);
}

/** `agent-factory runs send <id> <name>`: sends something to a run. */
export async function sendToRun(
  id: string,
  name: string,
  options: RunsOptions & { readonly data?: string },
): Promise<void> {
  const data = options.data === undefined ? null : parsed('--data', options.data);
  const { by } = options;
  const event = { name, data, ...(by !== undefined && { by }) };
  shown(await withRuns(options, (runs) => runs.send(id, event)), options);
}

/** The id that was given, or the only thing of that kind that the run waits for. */
function oneOf(run: Run, kind: 'approval' | 'decision', given: string | undefined): string {
  if (given !== undefined) return given;
  const ids = (run.waitingFor ?? []).flatMap((wait: RunWait) =>
    wait.kind === 'approval' && kind === 'approval'
      ? [wait.approvalId]
      : wait.kind === 'decision' && kind === 'decision'
        ? [wait.callId]
        : [],
  );
  const [first] = ids;
  if (first === undefined || ids.length > 1) {
    const option = kind === 'approval' ? '--approval' : '--call';
    const reason = `it waits for ${ids.length} answers of that kind${ids.length > 0 ? `: ${ids.join(', ')}` : ''}`;
    const mend = ids.length > 0 ? `Name one with ${option}.` : `See "agent-factory runs show ${run.id}".`;
    throw errors.AF_CLI_INPUT_INVALID({ what: `the run ${run.id}`, reason, mend });
  }
  return first;
}

function parsed(option: string, text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch (error) {
    const reason = (error as Error).message; // what JSON.parse throws
    throw errors.AF_CLI_INPUT_INVALID(
      { what: option, reason, mend: 'Give JSON; text in quotes.' },
      { cause: error },
    );
  }
}

function shown(run: Run, { json }: RunsOptions): void {
  if (json) return print(JSON.stringify(run, null, 2));
  const { id, subject, status, output, error, waitingFor = [] } = run;
  print(`${id}  ${subject.kind} ${subject.name}  ${paint('bold', status)}`);
  for (const wait of waitingFor) {
    const what = wait.kind === 'approval' ? wait.approvalId : wait.kind === 'decision' ? wait.callId : '';
    print(`waits for ${wait.kind} ${what}: ${wait.detail}`);
  }
  if (error) print(`${error.message} ${error.fix} (${error.code})`);
  if (output !== undefined) print(typeof output === 'string' ? output : JSON.stringify(output, null, 2));
}
