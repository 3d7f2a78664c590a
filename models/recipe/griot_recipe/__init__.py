"""Training recipe of the griot models: prepare, pretrain, finetune, evaluate, export."""
