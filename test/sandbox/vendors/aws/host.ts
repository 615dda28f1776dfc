import { emptyAws, startAws } from "../../../../sandbox/vendors/aws";

// A process that hosts an emulated AWS until it is killed, as the vendors' daemon does.
const [directory = ""] = process.argv.slice(2);

startAws({ directory, seed: emptyAws }).then(
  ({ url, moto }) => {
    console.log(JSON.stringify({ url, motoPid: moto.pid }));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
