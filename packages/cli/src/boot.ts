import { createKernel, type Kernel } from '@agent-factory/kernel';
import { AgentRuntime } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

/** Options every command takes. */
export interface CommonOptions {
  /** Path of the configuration file. Default: searched upwards from the working directory. */
  readonly config?: string;
  /** Log lines on standard error, down to `debug`. */
  readonly verbose?: boolean;
}

/**
 * Boots the platform inside this command: no port is opened, runs of other processes are left to them, and
 * nothing is written to the lock file.
 */
export async function bootForCommand(options: CommonOptions): Promise<Kernel> {
  const kernel = createKernel({
    ...(options.config && { configFile: options.config }),
    except: ['http-api'],
    lock: false,
    env: {
      ...process.env,
      AF_AGENT_RUNTIME__RECOVER: 'false',
      AF_LOG__LEVEL: options.verbose ? 'debug' : 'warn',
    },
  });
  await kernel.start();
  return kernel;
}

/** Runs `job` with a booted platform, and closes it whatever happens. */
export async function withPlatform<T>(options: CommonOptions, job: (kernel: Kernel) => Promise<T>): Promise<T> {
  const kernel = await bootForCommand(options);
  try {
    return await job(kernel);
  } finally {
    await kernel.close();
  }
}

/** The runtime of a booted platform. */
export function runtimeOf(kernel: Kernel): AgentRuntime {
  try {
    return kernel.use(AgentRuntime);
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw errors.AF_CLI_NO_RUNTIME({}, { cause: error });
    throw error;
  }
}
