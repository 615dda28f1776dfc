import { isSupplied, parameters, tokens } from "../../../catalog";
import { administrator } from "../../../sandbox/vendors/aws/seeding";
import { seedAws } from "../../../sandbox/worlds/aws";

const { aws, credentials } = seedAws();
const { users, parameters: standing, buckets } = aws.seed;
const issuers = tokens.flatMap(({ issuer }) => (issuer.kind === "aws-access-key" ? [issuer] : []));

it("gives the run the operator's own key, which may do everything and has been known for long", () => {
  const operator = users.find(({ keys }) => keys.some(({ id }) => id === credentials.AWS_ACCESS_KEY_ID));
  expect(operator?.name).toBe("operator");
  expect(Object.values(operator?.policies ?? {})).toEqual([JSON.stringify(administrator)]);
  const [key, ...more] = operator?.keys ?? [];
  expect(more).toEqual([]);
  expect(key).toMatchObject({ secret: credentials.AWS_SECRET_ACCESS_KEY, status: "Active" });
  expect(key?.createdMs).toBeLessThan(Date.now() - 24 * 60 * 60 * 1000);
});

it("has users of other people, with keys that nobody's run may touch", () => {
  const others = users.filter(({ name }) => name !== "operator");
  expect(others.length).toBeGreaterThan(0);
  for (const { keys } of others) expect(keys.length).toBeGreaterThan(0);
});

it("has none of the users that we make", () => {
  expect(issuers.length).toBeGreaterThan(0);
  for (const { user } of issuers) expect(users.map(({ name }) => name)).not.toContain(user);
});

it("has what is in custody, encrypted and without a tag of ours, and nothing that a person is to give", () => {
  for (const parameter of parameters) {
    const found = standing.find(({ name }) => name === parameter.name);
    if (isSupplied(parameter)) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ type: "SecureString", tags: {} });
  }
});

it("has none of the parameters that we write, and one that is not ours", () => {
  const written = tokens.flatMap(({ destinations }) =>
    destinations.flatMap((place) => (place.kind === "ssm-parameter" ? [place.name] : [])),
  );
  const ours = [...written, ...parameters.map(({ name }) => name)];
  expect(standing.filter(({ name }) => written.includes(name))).toEqual([]);
  expect(standing.filter(({ name }) => !ours.includes(name))).toMatchObject([{ tags: { owner: "support" } }]);
});

it("has each bucket that a key of ours is for", () => {
  const arns = issuers.flatMap(({ statements }) => statements.flatMap(({ resources }) => resources));
  const named = arns.flatMap((arn) => /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1] ?? []);
  expect([...new Set(named)]).toEqual(buckets);
});

it("has no value in common with another seed", () => {
  const values = ({ aws: { seed } }: ReturnType<typeof seedAws>): string[] => [
    ...seed.users.flatMap(({ keys }) => keys.flatMap(({ id, secret }) => [id, secret])),
    ...seed.parameters.map(({ value }) => value),
  ];
  const there = new Set(values(seedAws()));
  const here = values({ aws, credentials });
  expect(here.length).toBeGreaterThan(4);
  expect(here.filter((value) => there.has(value))).toEqual([]);
});
