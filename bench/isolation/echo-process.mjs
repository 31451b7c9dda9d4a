// The other end of the raw peers: gives back each line of a child's pipe, or each message of a worker.
import { createInterface } from 'node:readline';
import { parentPort } from 'node:worker_threads';

const echo = (text) => JSON.stringify(JSON.parse(text));
if (parentPort) parentPort.on('message', (text) => parentPort.postMessage(echo(text)));
else createInterface({ input: process.stdin }).on('line', (line) => process.stdout.write(`${echo(line)}\n`));
