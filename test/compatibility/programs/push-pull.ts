/** A ventilator hands jobs to two workers, a sink gathers what they find. */
import { Pull, Push } from 'zeromq';
import { handshakes, listen } from '../transcript.ts';

const JOBS = 40;

const ventilator = new Push();
const workersAreThere = handshakes(ventilator, 2);
const jobsAddress = await listen(ventilator);
const sink = new Pull();
const resultsAddress = await listen(sink);

class Worker {
  readonly jobs = new Pull({ receiveHighWaterMark: 5 });
  readonly results = new Push({ linger: 1000 });
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    this.jobs.connect(jobsAddress);
    this.results.connect(resultsAddress);
  }

  async run(): Promise<void> {
    for await (const [job] of this.jobs) {
      const number = Number(job);
      await this.results.send([this.name, String(number), String(number ** 2)]);
    }
    this.results.close();
  }
}

const workers = ['anna', 'ben'].map((name) => new Worker(name));
const running = workers.map((worker) => worker.run());

await workersAreThere;
for (let job = 0; job < JOBS; job++) await ventilator.send(String(job));

const done = new Map<string, number>();
let total = 0;
for (let count = 0; count < JOBS; count++) {
  const [name, , square] = await sink.receive();
  done.set(String(name), (done.get(String(name)) ?? 0) + 1);
  total += Number(square);
}
console.log('sum of squares', total);
for (const [name, count] of [...done].toSorted()) console.log(name, 'did', count);

for (const worker of workers) worker.jobs.close();
await Promise.all(running);
console.log('workers have stopped');
ventilator.close();
sink.close();
console.log(ventilator.closed, sink.closed, ventilator.writable, sink.readable);
