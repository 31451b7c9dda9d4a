import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { amendInstalled } from '@agent-factory/plugin-install/installed';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { AgentRuntime, LanguageModel } from '@agent-factory/sdk/contracts';
import { askPlatform } from '../ask-platform.ts';
import { withPlatform, type CommonOptions, type HttpUse } from '../boot.ts';
import { errors } from '../errors.ts';
import { isolationOf, notEnforced, type IsolationView } from '../isolation-view.ts';
import { paint, print } from '../terminal.ts';

type Verdict = 'ok' | 'note' | 'fail';

interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
  /** What to do. */
  readonly fix?: string;
}

/** Options of `doctor`. */
export interface DoctorOptions extends CommonOptions {
  /** Name of the one process to look at. Default: all that run here. */
  readonly process?: string;
}

const enoughBytes = 200 * 1024 * 1024;

/** `agent-factory doctor`: everything missing or wrong, each with how to mend it. False when something fails. */
export async function doctor(options: DoctorOptions): Promise<boolean> {
  const findings: Finding[] = [
    { verdict: 'ok', what: `Node ${process.version} on ${process.platform} ${process.arch}` },
  ];
  const kernel = createKernel({
    ...(options.config && { configFile: options.config }),
    amend: amendInstalled,
  });
  if (await attempt(findings, () => planned(kernel))) {
    const { dataDir } = kernel.sources();
    findings.push(...stateFolder(dataDir));
    const processes = await running(dataDir, options.process);
    findings.push(...processes);
    // The running platform holds the configured port; without one, taking it shows that it is free.
    const none = processes.every(({ verdict }) => verdict === 'note');
    await attempt(findings, () => booted(options, none ? 'configured' : 'free'));
  }
  for (const { verdict, what, fix } of findings) {
    print(`${mark[verdict]} ${what.replaceAll('\n', '\n  ')}`);
    if (fix) print(`  ${paint('dim', `→ ${fix.replaceAll('\n', '\n    ')}`)}`);
  }
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
  print();
  print(
    failed === 0
      ? paint('green', 'All well.')
      : paint('red', `${failed} ${failed === 1 ? 'problem' : 'problems'} to mend.`),
  );
  return failed === 0;
}

const mark: Record<Verdict, string> = {
  ok: paint('green', '✓'),
  note: paint('yellow', '•'),
  fail: paint('red', '✗'),
};

async function attempt(findings: Finding[], look: () => Promise<readonly Finding[]>): Promise<boolean> {
  try {
    findings.push(...(await look()));
    return true;
  } catch (error) {
    const fix = isAgentFactoryError(error)
      ? `${error.fix} (${error.code})`
      : 'See the message; --verbose shows more.';
    findings.push({ verdict: 'fail', what: error instanceof Error ? error.message : String(error), fix });
    return false;
  }
}

async function planned(kernel: Kernel): Promise<readonly Finding[]> {
  const plan = await kernel.plan();
  const { configFile } = kernel.sources();
  const found: Finding[] = [
    { verdict: 'ok', what: `Configuration ${configFile ?? 'given by the program'} is valid` },
  ];
  for (const { plugin, version } of plan.start)
    found.push({ verdict: 'ok', what: `Plugin ${plugin} ${version} fits` });
  if (plan.lock.length > 0) {
    const [first, ...others] = plan.lock;
    const rest = others.length > 0 ? ` And ${others.length} more.` : '';
    const fix = 'Starting accepts it; "agent-factory start --frozen-lock" refuses.';
    found.push({ verdict: 'note', what: `The lock file would change: ${first}${rest}`, fix });
  }
  return found;
}

function stateFolder(dataDir: string): Finding[] {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const fix = 'Make it writable for this user, or name another "dataDir".';
    return [{ verdict: 'fail', what: `State folder ${dataDir}: ${(error as Error).message}`, fix }];
  }
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize > enoughBytes)
    return [{ verdict: 'ok', what: `State folder ${dataDir} can be written` }];
  const left = Math.round((bavail * bsize) / 1024 / 1024);
  return [
    {
      verdict: 'fail',
      what: `State folder ${dataDir} has ${left} MiB left`,
      fix: 'Free some space, or name another "dataDir".',
    },
  ];
}

async function running(dataDir: string, name: string | undefined): Promise<readonly Finding[]> {
  try {
    const answers = await askPlatform<{ pid: number }>(dataDir, { do: 'ping' }, name);
    return answers.map((one) =>
      'error' in one
        ? {
            verdict: 'fail',
            what: `Process ${one.name}: ${one.error.message}`,
            fix: 'Look at its log; if it hangs, stop it and start it again.',
          }
        : {
            verdict: 'ok',
            what: `The platform is running as process ${one.answer.pid}${one.name === 'all' ? '' : ` (${one.name})`}`,
          },
    );
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING'))
      return [{ verdict: 'note', what: 'The platform is not running' }];
    if (isAgentFactoryError(error, 'AF_CLI_PROCESS_UNKNOWN'))
      return [{ verdict: 'fail', what: error.message, fix: error.fix }];
    throw error;
  }
}

async function booted(options: CommonOptions, http: HttpUse): Promise<readonly Finding[]> {
  return withPlatform(
    options,
    async (kernel) => [
      { verdict: 'ok', what: 'Every plugin starts and its health checks pass' },
      ...isolationFindings(await isolationOf(kernel)),
      ...kernel.all(LanguageModel).map(({ value }) => modelFinding(value)),
      agentsFinding(kernel),
    ],
    http,
  );
}

function isolationFindings(view: IsolationView | undefined): Finding[] {
  if (!view) return [];
  return [
    ...view.offers.map(({ level, available, why }): Finding =>
      available
        ? { verdict: 'ok', what: `Isolation level ${level} is to be had here. ${why}` }
        : { verdict: 'note', what: `Isolation level ${level} is not to be had here. ${why}` },
    ),
    ...view.plugins.map((plugin): Finding => {
      const what = `Plugin ${plugin.id} runs isolated at ${plugin.level}`;
      const missing = notEnforced(view, plugin);
      return missing === ''
        ? { verdict: 'ok', what }
        : { verdict: 'note', what: `${what}. Not enforced: ${missing}` };
    }),
  ];
}

function modelFinding({ provider, available, description }: LanguageModel): Finding {
  if (available) return { verdict: 'ok', what: `Model provider ${provider} is available: ${description}` };
  const fix =
    'Give it what its configuration asks for, such as a key; until then agents use their next model.';
  return { verdict: 'note', what: `Model provider ${provider} is not available: ${description}`, fix };
}

function agentsFinding(kernel: Kernel): Finding {
  if (!kernel.inspect().contracts[AgentRuntime.id]) {
    const { message, fix } = errors.AF_CLI_NO_RUNTIME({});
    return { verdict: 'note', what: message, fix };
  }
  const names = kernel
    .use(AgentRuntime)
    .agents()
    .map(({ name }) => name);
  if (names.length > 0) return { verdict: 'ok', what: `Agents: ${names.join(', ')}` };
  return {
    verdict: 'note',
    what: 'No agents are defined',
    fix: 'Put one into the "agentsDir" of agent-runtime.',
  };
}
