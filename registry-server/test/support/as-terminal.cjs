// Loaded into a client before it starts: what it reads and writes is a terminal, as far as it can tell.
for (const stream of [process.stdin, process.stdout]) stream.isTTY = true;
