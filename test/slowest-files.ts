// Mocha's own report, and at its end which files took longest: where to look when the suite gets slow.
import { relative } from 'node:path';
import mocha from 'mocha';

const shown = 15;

export default class SlowestFiles extends mocha.reporters.Spec {
  readonly #tookMs = new Map<string, number>();

  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    runner.on('test end', ({ file = '', duration = 0 }) => {
      this.#tookMs.set(file, (this.#tookMs.get(file) ?? 0) + duration);
    });
  }

  override epilogue(): void {
    super.epilogue();
    const slowest = [...this.#tookMs].sort(([, a], [, b]) => b - a).slice(0, shown);
    console.log('  the slowest files, without their hooks:');
    for (const [file, ms] of slowest)
      console.log(`${(ms / 1000).toFixed(1).padStart(8)} s  ${relative('', file)}`);
    console.log();
  }
}
