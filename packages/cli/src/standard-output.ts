/**
 * A reader that goes away (`| head`) is no reason to fail: what is written from then on is lost. A terminal that
 * was closed is one to stop.
 */
export function outliveOutput(): void {
  let told = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EIO' || told) return;
      told = true;
      process.kill(process.pid, 'SIGTERM');
    });
  }
}

/** Ends the process once all output is out, also when a plugin left something open that would keep it alive. */
export async function leave(): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  }
  process.exit();
}
