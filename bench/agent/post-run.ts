import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Posts one question to a server and gives back the answer's text. */
export function postRun(url: string, input: string): Promise<string> {
  const body = JSON.stringify({ agent: 'weather', input });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${response.statusCode} ${text.slice(0, 300)}`));
        else resolve((JSON.parse(text) as { output: string }).output); // checked by the caller
      });
    });
    sent.once('error', reject).end(body);
  });
}
