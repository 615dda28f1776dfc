import { mailDomains, mailRecords, type MailDomain, type MailRecord } from "../../catalog/mail-domains";
import { mailDomainFaults } from "../../catalog/validation/mail-domains";

const [raxx] = mailDomains;

function found(): MailDomain {
  if (raxx === undefined) throw new Error("there is no mail domain");
  return raxx;
}

describe("the records of raxx.app", () => {
  it("are those of the batch, by their full names", () => {
    const lines = mailRecords(found()).map(({ key, name, type, priority, content }) =>
      [key, name, type, priority, content].filter((one) => one !== undefined).join(" "),
    );
    expect(lines).toEqual([
      "verification raxx.app TXT google-site-verification=Ss0o0uHmeJNe-iafrf8DzI3ajM0SusH9JyUxEEl5DFY",
      "spf raxx.app TXT v=spf1 include:_spf.google.com include:spf.mtasv.net ~all",
      "dmarc _dmarc.raxx.app TXT v=DMARC1; p=quarantine; rua=mailto:kris@moosequest.net; fo=1",
      "mx raxx.app MX 1 aspmx.l.google.com",
      "mx-alt1 raxx.app MX 5 alt1.aspmx.l.google.com",
      "mx-alt2 raxx.app MX 5 alt2.aspmx.l.google.com",
      "mx-alt3 raxx.app MX 10 alt3.aspmx.l.google.com",
      "mx-alt4 raxx.app MX 10 alt4.aspmx.l.google.com",
    ]);
  });

  it("have DKIM's once its value is there, and no other text beside it", () => {
    expect(mailRecords(found(), "v=DKIM1; p=x").at(-1)).toEqual({
      key: "dkim",
      name: "google._domainkey.raxx.app",
      type: "TXT",
      content: "v=DKIM1; p=x",
      only: "",
    });
  });
});

describe("the catalog's mail domains", () => {
  /** The faults with one record replaced, or with one more. */
  const withRecord = (key: string, change: Partial<MailRecord>): string[] => {
    const records = found().records.map((one) => (one.key === key ? { ...one, ...change } : one));
    return mailDomainFaults([{ ...found(), records }]);
  };

  it("are without a fault", () => {
    expect(mailDomainFaults(mailDomains)).toEqual([]);
  });

  it.each([
    ["a key twice", "mx-alt1", { key: "mx" }, /two of its records have the key mx: .* \[mail-record-key\]$/],
    ["the key of DKIM", "mx-alt1", { key: "dkim" }, /the key dkim/],
    ["a malformed key", "mx", { key: "Mx 1" }, /the key "Mx 1" is malformed/],
    ["a malformed name", "mx", { below: "a b" }, /the name of mx is malformed/],
    ["an address for a mail host", "mx", { content: "aspmx" }, /mx names no mail host/],
    ["a mail host with a last dot", "mx", { content: "aspmx.l.google.com." }, /mx names no mail host/],
    ["a priority out of range", "mx", { priority: 65_536 }, /mx needs a priority/],
    ["a priority of a text", "spf", { priority: 1 }, /spf is no MX/],
    ["quotation marks", "verification", { content: '"a"' }, /without quotation marks/],
    ["a text that is not ASCII", "verification", { content: "caf\u00e9" }, /printable ASCII/],
    ["a text that does not begin so", "dmarc", { only: "v=DMARC2" }, /does not begin with "v=DMARC2"/],
  ])("are refused with %s", (_what, key, change, words) => {
    const [fault, ...more] = withRecord(key, change);
    expect(more).toEqual([]);
    expect(fault).toMatch(words);
    expect(fault).toMatch(/^raxx\.app: /);
  });

  it.each([
    ["no SPF", "spf", { content: "nothing", only: "nothing" }, /exactly one SPF record, at raxx\.app/],
    ["two SPF", "verification", { content: "v=spf1 -all" }, /exactly one SPF/],
    ["an SPF that another may stand beside", "spf", { only: undefined as never }, /exactly one SPF/],
    ["a DMARC in the wrong place", "dmarc", { below: "dmarc" }, /DMARC record, at _dmarc\.raxx\.app/],
  ])("are refused with %s", (_what, key, change, words) => {
    expect(withRecord(key, change)).toEqual([expect.stringMatching(words)]);
  });

  it("are refused where one is declared twice, is no domain, or has no selector", () => {
    expect(mailDomainFaults([found(), found()])[0]).toMatch(/declared twice/);
    expect(mailDomainFaults([{ ...found(), domain: "Raxx.App." }])[0]).toMatch(/it is no domain/);
    const dkim = { ...found().dkim, selector: "google._domainkey" };
    expect(mailDomainFaults([{ ...found(), dkim }])).toEqual([
      expect.stringMatching(/selector is malformed/),
    ]);
  });
});
