import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchOf, type RunnerPlan } from '../launch/command.ts';
import { spawnLaunch } from '../launch/spawn-launch.ts';

/**
 * Has V8 compile the scripts of a kit, once for all runners: in a process with the flags of theirs, without which V8
 * takes nothing from another. Where that fails, each runner compiles them by itself.
 */
export async function press(folder: string, plan: RunnerPlan): Promise<void> {
  try {
    const launch = launchOf({ ...plan, level: 'L1' });
    const child = spawnLaunch(
      { ...launch, args: [...launch.args, 'press'] },
      { output: true, timeoutMs: 20_000 },
    );
    child.stderr?.resume();
    let told = '';
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => (told += piece));
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const caches = JSON.parse(told) as Record<string, string>; // as start.ts writes it
    for (const [name, cache] of Object.entries(caches))
      writeFileSync(join(folder, name), Buffer.from(cache, 'base64'), { mode: 0o644 });
  } catch {
    // As above.
  }
}
