import { createKernel, type Kernel } from '@agent-factory/kernel';
import { amendInstalled } from '@agent-factory/plugin-install/installed';
import { AgentRuntime } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

/** Options every command takes. */
export interface CommonOptions {
  /** Path of the configuration file. Default: searched upwards from the working directory. */
  readonly config?: string;
  /** Log lines on standard error, down to `debug`, and stacks of errors. */
  readonly verbose?: boolean;
}

/**
 * What a command does with HTTP: `off` leaves it out, `free` takes any free port of this machine, `configured`
 * takes the one of the configuration.
 */
export type HttpUse = 'off' | 'free' | 'configured';

/** A kernel for the configuration these options name; nothing runs yet, and the lock file is left alone. */
export function kernelFor({ config, verbose }: CommonOptions, http: HttpUse = 'off'): Kernel {
  return createKernel({
    ...(config && { configFile: config }),
    ...(http === 'off' && { except: ['http-api'] }),
    amend: amendInstalled,
    lock: false,
    // Work that waits is for the platform, which may be running beside this command.
    role: 'api',
    env: {
      ...process.env,
      ...(http === 'free' && { AF_HTTP_API__PORT: '0', AF_HTTP_API__HOST: '127.0.0.1' }),
      AF_AGENT_RUNTIME__EXECUTE: 'here', // and its own work is not left to the platform
      AF_EVALUATIONS__EXECUTE: 'here',
      AF_LOG__LEVEL: verbose ? 'debug' : 'warn',
    },
  });
}

/** Boots the platform inside this command, runs `job` with it, and closes it whatever happens. */
export async function withPlatform<T>(
  options: CommonOptions,
  job: (kernel: Kernel) => Promise<T>,
  http: HttpUse = 'off',
): Promise<T> {
  const kernel = kernelFor(options, http);
  try {
    await kernel.start();
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
    if (isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE'))
      throw errors.AF_CLI_NO_RUNTIME({}, { cause: error });
    throw error;
  }
}
