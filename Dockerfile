# A static program in an empty image: nothing to patch, and nothing that could reach the network.
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked && cp target/release/decryptable /decryptable

FROM scratch
COPY --from=build /decryptable /bin/decryptable
ENV PATH=/bin
WORKDIR /src
ENTRYPOINT ["/bin/decryptable"]
