// Reads FHIR R4 resources, one a line, and prints what the validator finds wrong, one a line.
const { Fhir } = require("fhir");
const fhir = new Fhir();
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  const resource = JSON.parse(line);
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  for (const one of messages) {
    console.log(`${one.severity} ${resource.resourceType} ${one.location}: ${one.message}`);
  }
}
