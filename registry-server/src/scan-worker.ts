// Runs in a thread of its own, so that a package made to be slow or to exhaust memory costs the registry nothing.
import { parentPort } from 'node:worker_threads';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { scanPackage, type ScanRules } from './trust/scan-package.ts';
import type { ScanMessage } from './trust/scanner.ts';

parentPort?.on('message', ({ bytes, rules }: { bytes: Uint8Array; rules: ScanRules }) => {
  void look(bytes, rules).then((message) => parentPort?.postMessage(message));
});

async function look(bytes: Uint8Array, rules: ScanRules): Promise<ScanMessage> {
  try {
    return { kind: 'passed', report: await scanPackage(bytes, rules) };
  } catch (error) {
    if (isAgentFactoryError(error))
      return { kind: 'refused', error: { ...error.toJSON(), status: error.status, details: {} } };
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
