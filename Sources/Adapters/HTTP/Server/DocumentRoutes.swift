internal import SagaValues

/// The API as a document for programs, for whoever asks: what it tells anybody can read in the source.
struct DocumentRoutes {
    let table: RouteTable

    func add(to router: Routes) {
        router.getOpen("openapi.json", .openAPI) { Answer(table.document) }
    }
}

extension OpenAPIDocument: Encodable {
    func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
