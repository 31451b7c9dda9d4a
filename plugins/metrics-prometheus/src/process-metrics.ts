import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const nanoseconds = 1_000_000_000;

/** What this process takes. prom-client's own are not used: they leave observers behind when a plugin is reloaded. */
export function createProcessMetrics(registry: Registry): { close(): void } {
  const registers = [registry];
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let counted = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of this process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1_000_000;
      this.inc(seconds - counted);
      counted = seconds;
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When this process began, in seconds since the epoch.',
    registers,
  }).set(Math.round(performance.timeOrigin / 1000));
  new Gauge({
    name: 'nodejs_eventloop_delay_seconds',
    help: 'How late timers were since the last look.',
    labelNames: ['level'],
    registers,
    collect() {
      this.set({ level: 'median' }, delay.percentile(50) / nanoseconds);
      this.set({ level: 'p99' }, delay.percentile(99) / nanoseconds);
      this.set({ level: 'most' }, delay.max / nanoseconds);
      delay.reset();
    },
  });
  return { close: () => void delay.disable() };
}
