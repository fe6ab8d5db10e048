#!/usr/bin/env python3
"""A classifier of BERT-base's size with random weights, to measure speed and memory with.

    python3 bench/compare/make_bert_base.py FOLDER TOKENIZER_FOLDER
"""
import sys
import torch, transformers


def main():
    folder, tokenizer = sys.argv[1:]
    torch.manual_seed(1)
    transformers.BertForSequenceClassification(transformers.BertConfig(num_labels=2)).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(tokenizer).save_pretrained(folder)


if __name__ == "__main__":
    main()
