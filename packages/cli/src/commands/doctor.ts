import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { AgentRuntime, LanguageModel } from '@agent-factory/sdk/contracts';
import { bootForCommand, type CommonOptions } from '../boot.ts';
import { askPlatform } from '../control-socket.ts';
import { paint, print } from '../terminal.ts';

type Verdict = 'ok' | 'note' | 'fail';

interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
  /** What to do. */
  readonly fix?: string;
}

const enoughBytes = 200 * 1024 * 1024;

/** `agent-factory doctor`: everything missing or wrong, each with how to mend it. False when something fails. */
export async function doctor(options: CommonOptions): Promise<boolean> {
  const findings: Finding[] = [{ verdict: 'ok', what: `Node ${process.version} on ${process.platform} ${process.arch}` }];
  const kernel = createKernel({ ...(options.config && { configFile: options.config }) });
  if (await attempt(findings, () => planned(kernel))) {
    findings.push(...stateFolder(kernel.sources().dataDir));
    findings.push(await running(kernel.sources().dataDir));
    await attempt(findings, () => booted(options));
  }
  for (const { verdict, what, fix } of findings) {
    print(`${mark[verdict]} ${what}`);
    if (fix) print(`    ${fix}`);
  }
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
  print();
  print(failed === 0 ? paint('green', 'All well.') : paint('red', `${failed} problem(s) to mend.`));
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
    const fix = isAgentFactoryError(error) ? `${error.fix} (${error.code})` : 'See the message.';
    findings.push({ verdict: 'fail', what: error instanceof Error ? error.message : String(error), fix });
    return false;
  }
}

async function planned(kernel: Kernel): Promise<readonly Finding[]> {
  const plan = await kernel.plan();
  const { configFile } = kernel.sources();
  const found: Finding[] = [{ verdict: 'ok', what: `Configuration ${configFile ?? 'given by the program'} is valid` }];
  for (const { plugin, version } of plan.start) found.push({ verdict: 'ok', what: `Plugin ${plugin} ${version} fits` });
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
  if (bavail * bsize > enoughBytes) return [{ verdict: 'ok', what: `State folder ${dataDir} can be written` }];
  const left = Math.round((bavail * bsize) / 1024 / 1024);
  return [{ verdict: 'fail', what: `State folder ${dataDir} has ${left} MiB left`, fix: 'Free some space.' }];
}

async function running(dataDir: string): Promise<Finding> {
  try {
    const { pid } = await askPlatform<{ pid: number }>(dataDir, { do: 'ping' });
    return { verdict: 'ok', what: `The platform is running as process ${pid}` };
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) return { verdict: 'note', what: 'The platform is not running' };
    return { verdict: 'fail', what: (error as Error).message, fix: 'Look at its log.' };
  }
}

async function booted(options: CommonOptions): Promise<readonly Finding[]> {
  const kernel = await bootForCommand(options);
  try {
    const found: Finding[] = [{ verdict: 'ok', what: 'Every plugin starts and its health checks pass' }];
    for (const { value } of kernel.all(LanguageModel)) {
      const what = `Model provider ${value.provider} is ${value.available ? 'available' : 'not available'}`;
      found.push(
        value.available ? { verdict: 'ok', what } : { verdict: 'note', what, fix: `${value.description}` },
      );
    }
    const agents = kernel.use(AgentRuntime).agents();
    const names = agents.map(({ name }) => name).join(', ');
    found.push({ verdict: agents.length > 0 ? 'ok' : 'note', what: `Agents: ${names || 'none'}` });
    return found;
  } finally {
    await kernel.close();
  }
}
